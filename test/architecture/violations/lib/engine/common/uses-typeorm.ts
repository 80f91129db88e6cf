// breaks: engine-without-frameworks
export { DataSource } from 'typeorm';
