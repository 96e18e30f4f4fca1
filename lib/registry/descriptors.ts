import type {
  Catalogue,
  CheckDescriptor,
  CriterionDescriptor,
  JobDescriptor,
} from '@/lib/engine/descriptors';
import descriptors from '@/lib/registry/descriptors.json';

/** The catalogue as data: for the web process, which may not import the definitions themselves. */
export const catalogue = descriptors as unknown as Catalogue;

export function checkDescriptor(id: string): CheckDescriptor | undefined {
  return catalogue.checks.find((check) => check.id === id);
}

export function jobDescriptor(id: string): JobDescriptor | undefined {
  return catalogue.jobs.find((job) => job.id === id);
}

export function criterionDescriptor(id: string): CriterionDescriptor | undefined {
  return catalogue.criteria.find((criterion) => criterion.id === id);
}
