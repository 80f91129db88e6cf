export const table = 'namesrv/table';
