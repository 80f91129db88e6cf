import { Injectable } from '@nestjs/common';

export class PaymentRefused extends Error {
  constructor(card: string) {
    super(`payment refused: the card is ${card}`);
  }
}

/** Stands for a payment provider. */
@Injectable()
export class Payment {
  /** @throws PaymentRefused */
  async charge(card: string, _amount: number): Promise<void> {
    if (card !== 'valid') throw new PaymentRefused(card);
  }
}
