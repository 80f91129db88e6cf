/** Body of HEART_BEAT. Source: Apache 5.3 HeartbeatData. */
export interface HeartbeatData {
  clientID: string;
  producerDataSet: ProducerData[];
  consumerDataSet: ConsumerData[];
  /** 0 or absent: heartbeat V1. */
  heartbeatFingerprint?: number;
  withoutSub?: boolean;
}

export interface ProducerData {
  groupName: string;
}

export type ConsumeType = 'CONSUME_ACTIVELY' | 'CONSUME_PASSIVELY' | 'CONSUME_POP';
export type MessageModel = 'CLUSTERING' | 'BROADCASTING';
export type ConsumeFromWhere = 'CONSUME_FROM_LAST_OFFSET' | 'CONSUME_FROM_FIRST_OFFSET' | 'CONSUME_FROM_TIMESTAMP';

export interface ConsumerData {
  groupName: string;
  consumeType: ConsumeType;
  messageModel: MessageModel;
  consumeFromWhere: ConsumeFromWhere;
  unitMode: boolean;
  subscriptionDataSet: SubscriptionData[];
}

export type ExpressionType = 'TAG' | 'SQL92';

export interface SubscriptionData {
  classFilterMode: boolean;
  topic: string;
  subString: string;
  tagsSet: string[];
  codeSet: number[];
  /** Milliseconds; the newest wins. */
  subVersion: number;
  expressionType: ExpressionType;
}
