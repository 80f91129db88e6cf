package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.trace.TraceDataEncoder;
import org.apache.rocketmq.common.message.Message;

/** The commands of a 5.x client: those of 4.9, and administration, pop consumption and recall. */
final class Commands5 extends Commands {
  Commands5() {
    Administration5 administration = new Administration5();
    Tls5 tls = new Tls5();
    add("mqadmin", Mqadmin5::run);
    add("attempt", new Access5()::attempt);
    add("askByTls", tls::ask);
    add("sendByTls", tls::send);
    add("createTopic", administration::createTopic);
    add("createGroup", administration::createGroup);
    add("usePop", administration::usePop);
    add("resetOffset", administration::resetOffset);
    add("consumeStats", administration::consumeStats);
    add("sendAndRecall", this::sendAndRecall);
    add("decodeTraces", this::decodeTraces);
  }

  /** Types, message ids and success of the records in a trace message's text, as Apache reads it. */
  private Object decodeTraces(JSONObject arguments) {
    return TraceDataEncoder.decoderFromTraceDataString(arguments.getString("text")).stream()
        .map(trace -> Json.of(
            "type", trace.getTraceType().name(),
            "messageId", trace.getTraceBeans().get(0).getMsgId(),
            "group", trace.getGroupName(),
            "success", trace.isSuccess()))
        .collect(Collectors.toList());
  }

  /** Sends a message that is due later, and takes it back. */
  private Object sendAndRecall(JSONObject arguments) throws Exception {
    DefaultMQProducer producer = producers.producer(arguments);
    Message message = Messages.fromJson(arguments.getJSONObject("message"));
    SendResult sent = producer.send(message);
    return producer.recallMessage(message.getTopic(), sent.getRecallHandle());
  }

  @Override
  Consumers consumers() {
    return new Consumers5(producers);
  }
}
