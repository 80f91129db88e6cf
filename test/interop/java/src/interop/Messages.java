package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Messages as the test writes and reads them; the names are those of the project's own types. */
final class Messages {
  private Messages() {}

  static Message fromJson(JSONObject json) {
    Message message = new Message(json.getString("topic"), Base64.getDecoder().decode(json.getString("body")));
    if (json.containsKey("tag")) message.setTags(json.getString("tag"));
    if (json.containsKey("keys")) message.setKeys(json.getJSONArray("keys").toJavaList(String.class));
    if (json.containsKey("flag")) message.setFlag(json.getIntValue("flag"));
    if (json.containsKey("delayLevel")) message.setDelayTimeLevel(json.getIntValue("delayLevel"));
    if (json.containsKey("waitStoreOk")) message.setWaitStoreMsgOK(json.getBooleanValue("waitStoreOk"));
    JSONObject properties = json.getJSONObject("properties");
    if (properties != null) properties.forEach((name, value) -> message.putUserProperty(name, (String) value));
    // RocketMQ's own properties (TIMER_DELAY_MS ...), which putUserProperty refuses.
    JSONObject system = json.getJSONObject("systemProperties");
    if (system != null) system.forEach((name, value) -> MessageAccessor.putProperty(message, name, (String) value));
    return message;
  }

  static JSONObject toJson(MessageExt message) {
    Map<String, String> properties = new HashMap<>(message.getProperties());
    return Json.of(
        "topic", message.getTopic(),
        "brokerName", message.getBrokerName(),
        "queueId", message.getQueueId(),
        "queueOffset", message.getQueueOffset(),
        "body", Base64.getEncoder().encodeToString(message.getBody()),
        "tag", message.getTags(),
        "keys", message.getKeys() == null ? new String[0] : message.getKeys().split(" "),
        "flag", message.getFlag(),
        "properties", properties,
        "messageId", message.getMsgId(),
        "reconsumeTimes", message.getReconsumeTimes(),
        "bornTimestamp", message.getBornTimestamp(),
        "bornHost", message.getBornHostString(),
        "storeTimestamp", message.getStoreTimestamp(),
        "sysFlag", message.getSysFlag(),
        "physicalOffset", message.getCommitLogOffset(),
        "preparedTransactionOffset", message.getPreparedTransactionOffset(),
        "transactionId", message.getTransactionId());
  }

  static JSONObject toJson(SendResult result) {
    return Json.of(
        "status", result.getSendStatus().name(),
        "messageId", result.getMsgId(),
        "offsetMessageId", result.getOffsetMsgId(),
        "queue", toJson(result.getMessageQueue()),
        "queueOffset", result.getQueueOffset(),
        "transactionId", result.getTransactionId(),
        "regionId", result.getRegionId(),
        "traceOn", result.isTraceOn());
  }

  static JSONObject toJson(MessageQueue queue) {
    return queue == null
        ? null
        : Json.of(
            "topic", queue.getTopic(), "brokerName", queue.getBrokerName(), "queueId", queue.getQueueId());
  }

  static MessageQueue queue(JSONObject json) {
    return new MessageQueue(json.getString("topic"), json.getString("brokerName"), json.getIntValue("queueId"));
  }
}
