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
  GetComponent: getComponent,
  GetDistributionConfiguration: distributions.get,
  GetImagePipeline: getImagePipeline,
  GetImageRecipe: getImageRecipe,
  GetInfrastructureConfiguration: infrastructures.get,
  ListComponentBuildVersions: listComponentBuildVersions,
  ListComponents: listComponents,
  ListDistributionConfigurations: distributions.list,
  ListImagePipelineImages: listImagePipelineImages,
  ListImagePipelines: listImagePipelines,
  ListImageRecipes: listImageRecipes,
  ListInfrastructureConfigurations: infrastructures.list,
  ListWorkflowExecutions: listWorkflowExecutions,
  ListWorkflowStepExecutions: listWorkflowStepExecutions,
  StartImagePipelineExecution: startImagePipelineExecution,
  UpdateDistributionConfiguration: distributions.update,
  UpdateImagePipeline: updateImagePipeline,
};
