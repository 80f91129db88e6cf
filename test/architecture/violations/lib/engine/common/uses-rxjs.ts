// breaks: engine-without-frameworks
export { of } from 'rxjs';
