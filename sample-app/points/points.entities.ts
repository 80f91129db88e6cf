import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

@Entity('accounts')
export class Account {
  @PrimaryColumn('text')
  customer!: string;

  @Column('integer')
  points!: number;
}

/** One line for each time that points were added; nothing here would stop a second one for the same order. */
@Entity('bookings')
export class Booking {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column('text')
  orderId!: string;

  @Column('text')
  customer!: string;

  @Column('integer')
  points!: number;
}
