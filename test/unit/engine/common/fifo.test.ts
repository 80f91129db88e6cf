import fc from 'fast-check';
import { Fifo } from '../../../../lib/engine/common/fifo.js';

test('gives back what an array would', () => {
  const anySteps = fc.array(fc.constantFrom('push', 'push', 'push', 'shift', 'shift', 'pop'), {
    minLength: 4000,
    maxLength: 6000,
  });
  fc.assert(
    fc.property(anySteps, (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      steps.forEach((step, i) => {
        if (step === 'push') {
          fifo.push(i);
          model.push(i);
        } else if (step === 'shift') expect(fifo.shift()).toBe(model.shift());
        else expect(fifo.pop()).toBe(model.pop());
        expect([fifo.size, fifo.first, fifo.last]).toEqual([model.length, model[0], model.at(-1)]);
      });
    }),
    { numRuns: 20 },
  );
});
