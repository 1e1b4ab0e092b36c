/** Owns which Image Builder operations there are. */
import type { Handlers } from '../call.ts';
import {
  createComponent,
  deleteComponent,
  getComponent,
  listComponentBuildVersions,
  listComponents,
} from './components.ts';
import { distributions, infrastructures } from './configurations.ts';
import {
  cancelImageCreation,
  createImage,
  deleteImage,
  getImage,
  listImageBuildVersions,
  listImages,
  retryImage,
} from './images.ts';
import {
  createWorkflow,
  deleteWorkflow,
  getWorkflow,
  listWorkflowBuildVersions,
  listWorkflows,
} from './own-workflows.ts';
import {
  createImagePipeline,
  deleteImagePipeline,
  getImagePipeline,
  listImagePipelineImages,
  listImagePipelines,
  startImagePipelineExecution,
  updateImagePipeline,
} from './pipelines.ts';
import { createImageRecipe, deleteImageRecipe, getImageRecipe, listImageRecipes } from './recipes.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import {
  getWorkflowExecution,
  getWorkflowStepExecution,
  listWorkflowExecutions,
  listWorkflowStepExecutions,
} from './workflows.ts';

export const handlers: Handlers = {
  CancelImageCreation: cancelImageCreation,
  CreateComponent: createComponent,
  CreateDistributionConfiguration: distributions.create,
  CreateImage: createImage,
  CreateImagePipeline: createImagePipeline,
  CreateImageRecipe: createImageRecipe,
  CreateInfrastructureConfiguration: infrastructures.create,
  CreateWorkflow: createWorkflow,
  DeleteComponent: deleteComponent,
  DeleteDistributionConfiguration: distributions.remove,
  DeleteImage: deleteImage,
  DeleteImagePipeline: deleteImagePipeline,
  DeleteImageRecipe: deleteImageRecipe,
  DeleteInfrastructureConfiguration: infrastructures.remove,
  DeleteWorkflow: deleteWorkflow,
  GetComponent: getComponent,
  GetDistributionConfiguration: distributions.get,
  GetImage: getImage,
  GetImagePipeline: getImagePipeline,
  GetImageRecipe: getImageRecipe,
  GetInfrastructureConfiguration: infrastructures.get,
  GetWorkflow: getWorkflow,
  GetWorkflowExecution: getWorkflowExecution,
  GetWorkflowStepExecution: getWorkflowStepExecution,
  ListComponentBuildVersions: listComponentBuildVersions,
  ListComponents: listComponents,
  ListDistributionConfigurations: distributions.list,
  ListImageBuildVersions: listImageBuildVersions,
  ListImagePipelineImages: listImagePipelineImages,
  ListImagePipelines: listImagePipelines,
  ListImageRecipes: listImageRecipes,
  ListImages: listImages,
  ListInfrastructureConfigurations: infrastructures.list,
  ListTagsForResource: listTagsForResource,
  ListWorkflowBuildVersions: listWorkflowBuildVersions,
  ListWorkflowExecutions: listWorkflowExecutions,
  ListWorkflowStepExecutions: listWorkflowStepExecutions,
  ListWorkflows: listWorkflows,
  RetryImage: retryImage,
  StartImagePipelineExecution: startImagePipelineExecution,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateDistributionConfiguration: distributions.update,
  UpdateImagePipeline: updateImagePipeline,
  UpdateInfrastructureConfiguration: infrastructures.update,
};
