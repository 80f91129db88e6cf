/**
 * The library's tables as models, for a `schema.prisma` whose migrations shall make them, on any provider.
 * `npx rocketmq tx init --prisma` prints it.
 */
export const prismaSchema = `/// The witness of each transaction of nestjs-rocketmq; times are milliseconds since the epoch.
model RocketMqTransactionRecord {
  transactionId String  @id @map("tx_id")
  state         Int
  producerGroup String  @map("producer_group")
  handles       String
  payload       Bytes?
  nextAttemptAt BigInt  @map("next_attempt_at")
  createdAt     BigInt  @map("created_at")
  confirmedAt   BigInt? @map("confirmed_at")

  @@index([confirmedAt, state, nextAttemptAt])
  @@index([createdAt])
  @@map("rmq_transaction_record")
}

/// What each consumer group of nestjs-rocketmq has applied already.
model RocketMqInbox {
  consumerGroup String @map("consumer_group")
  messageKey    String @map("msg_key")
  createdAt     BigInt @map("created_at")

  @@id([consumerGroup, messageKey])
  @@index([createdAt])
  @@map("rmq_inbox")
}
`;
