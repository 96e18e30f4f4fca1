/** Safes are moved and sheets are lost: a kept copy that was proven longer ago has to be proven again. */
export const escrowHoldsSeconds = 180 * 86_400;
