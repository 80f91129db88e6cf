export const producer = 'client/producer';
