/** The table of Image Builder operations. */
import type { Handlers } from '../call.ts';
import {
  createComponent,
  deleteComponent,
  getComponent,
  listComponentBuildVersions,
  listComponents,
} from './components.ts';
import { distributions, infrastructures } from './configurations.ts';
import { imageOperations } from './images.ts';
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
import { imageBuilderTagOperations } from './tags.ts';
import {
  getWorkflowExecution,
  getWorkflowStepExecution,
  listWorkflowExecutions,
  listWorkflowStepExecutions,
} from './workflows.ts';

export const handlers: Handlers = {
  ...imageBuilderTagOperations,
  ...imageOperations,
  CreateComponent: createComponent,
  CreateDistributionConfiguration: distributions.create,
  CreateImagePipeline: createImagePipeline,
  CreateImageRecipe: createImageRecipe,
  CreateInfrastructureConfiguration: infrastructures.create,
  CreateWorkflow: createWorkflow,
  DeleteComponent: deleteComponent,
  DeleteDistributionConfiguration: distributions.remove,
  DeleteImagePipeline: deleteImagePipeline,
  DeleteImageRecipe: deleteImageRecipe,
  DeleteInfrastructureConfiguration: infrastructures.remove,
  DeleteWorkflow: deleteWorkflow,
  GetComponent: getComponent,
  GetDistributionConfiguration: distributions.get,
  GetImagePipeline: getImagePipeline,
  GetImageRecipe: getImageRecipe,
  GetInfrastructureConfiguration: infrastructures.get,
  GetWorkflow: getWorkflow,
  GetWorkflowExecution: getWorkflowExecution,
  GetWorkflowStepExecution: getWorkflowStepExecution,
  ListComponentBuildVersions: listComponentBuildVersions,
  ListComponents: listComponents,
  ListDistributionConfigurations: distributions.list,
  ListImagePipelineImages: listImagePipelineImages,
  ListImagePipelines: listImagePipelines,
  ListImageRecipes: listImageRecipes,
  ListInfrastructureConfigurations: infrastructures.list,
  ListWorkflowBuildVersions: listWorkflowBuildVersions,
  ListWorkflowExecutions: listWorkflowExecutions,
  ListWorkflowStepExecutions: listWorkflowStepExecutions,
  ListWorkflows: listWorkflows,
  StartImagePipelineExecution: startImagePipelineExecution,
  UpdateDistributionConfiguration: distributions.update,
  UpdateImagePipeline: updateImagePipeline,
  UpdateInfrastructureConfiguration: infrastructures.update,
};
