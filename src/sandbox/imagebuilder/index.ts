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
} from './images.ts';
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
  CreateImageRecipe: createImageRecipe,
  CreateInfrastructureConfiguration: infrastructures.create,
  DeleteComponent: deleteComponent,
  DeleteDistributionConfiguration: distributions.remove,
  DeleteImage: deleteImage,
  DeleteImageRecipe: deleteImageRecipe,
  DeleteInfrastructureConfiguration: infrastructures.remove,
  GetComponent: getComponent,
  GetDistributionConfiguration: distributions.get,
  GetImage: getImage,
  GetImageRecipe: getImageRecipe,
  GetInfrastructureConfiguration: infrastructures.get,
  GetWorkflowExecution: getWorkflowExecution,
  GetWorkflowStepExecution: getWorkflowStepExecution,
  ListComponentBuildVersions: listComponentBuildVersions,
  ListComponents: listComponents,
  ListDistributionConfigurations: distributions.list,
  ListImageBuildVersions: listImageBuildVersions,
  ListImageRecipes: listImageRecipes,
  ListImages: listImages,
  ListInfrastructureConfigurations: infrastructures.list,
  ListTagsForResource: listTagsForResource,
  ListWorkflowExecutions: listWorkflowExecutions,
  ListWorkflowStepExecutions: listWorkflowStepExecutions,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateDistributionConfiguration: distributions.update,
  UpdateInfrastructureConfiguration: infrastructures.update,
};
