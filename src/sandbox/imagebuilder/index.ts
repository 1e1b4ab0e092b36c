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
import { createWorkflow } from './own-workflows.ts';
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
import { listWorkflowExecutions, listWorkflowStepExecutions } from './workflows.ts';

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
  GetComponent: getComponent,
  GetDistributionConfiguration: distributions.get,
  GetImage: getImage,
  GetImagePipeline: getImagePipeline,
  GetImageRecipe: getImageRecipe,
  GetInfrastructureConfiguration: infrastructures.get,
  ListComponentBuildVersions: listComponentBuildVersions,
  ListComponents: listComponents,
  ListDistributionConfigurations: distributions.list,
  ListImageBuildVersions: listImageBuildVersions,
  ListImagePipelineImages: listImagePipelineImages,
  ListImagePipelines: listImagePipelines,
  ListImageRecipes: listImageRecipes,
  ListImages: listImages,
  ListInfrastructureConfigurations: infrastructures.list,
  ListWorkflowExecutions: listWorkflowExecutions,
  ListWorkflowStepExecutions: listWorkflowStepExecutions,
  RetryImage: retryImage,
  StartImagePipelineExecution: startImagePipelineExecution,
  UpdateDistributionConfiguration: distributions.update,
  UpdateImagePipeline: updateImagePipeline,
};
