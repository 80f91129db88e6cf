import { MAX_TOPIC_LENGTH } from '../message/topic-names.js';

/**
 * What is wrong with a topic's name, in the words that Apache's tools show; undefined when it is good.
 * A name is a folder of the store: this is what keeps it inside.
 * Source: Apache 5.3 TopicValidator#validateTopic.
 */
export function topicNameRemark(topic: string): string | undefined {
  if (topic.trim() === '') return 'The specified topic is blank.';
  if (!/^[%|a-zA-Z0-9_-]+$/.test(topic)) {
    return 'The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$';
  }
  return topic.length > MAX_TOPIC_LENGTH ? 'The specified topic is longer than topic max length.' : undefined;
}
