package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.Map;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.RPCHook;

/** Tries things as somebody with a key, the right one or not. */
final class Access5 {
  private int instances;

  /** Null: nobody. */
  static RPCHook hook(JSONObject arguments) {
    if (arguments.getString("accessKey") == null) return null;
    return new AclClientRPCHook(
        new SessionCredentials(arguments.getString("accessKey"), arguments.getString("secretKey")));
  }

  /** What became of it: "done", or the class and the code of the exception. */
  Object attempt(JSONObject arguments) throws Exception {
    try {
      switch (arguments.getString("what")) {
        case "send":
          send(arguments);
          break;
        case "transaction":
          sendInTransaction(arguments);
          break;
        default:
          pull(arguments);
      }
      return Map.of("outcome", "done");
    } catch (MQBrokerException e) {
      return Map.of("outcome", "MQBrokerException " + e.getResponseCode());
    } catch (MQClientException e) {
      Throwable cause = e.getCause();
      int code = cause instanceof MQBrokerException ? ((MQBrokerException) cause).getResponseCode() : e.getResponseCode();
      return Map.of("outcome", "MQClientException " + code);
    }
  }

  private void send(JSONObject arguments) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer("access-producer", hook(arguments));
    configure(producer, arguments);
    producer.start();
    try {
      producer.send(message(arguments));
    } finally {
      producer.shutdown();
    }
  }

  private void sendInTransaction(JSONObject arguments) throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer("access-tx", hook(arguments));
    configure(producer, arguments);
    producer.setTransactionListener(
        new TransactionListener() {
          @Override
          public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return LocalTransactionState.COMMIT_MESSAGE;
          }

          @Override
          public LocalTransactionState checkLocalTransaction(MessageExt message) {
            return LocalTransactionState.COMMIT_MESSAGE;
          }
        });
    producer.start();
    try {
      producer.sendMessageInTransaction(message(arguments), null);
    } finally {
      producer.shutdown();
    }
  }

  private void pull(JSONObject arguments) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(arguments.getString("group"), hook(arguments));
    Clients.configure(consumer, arguments.getString("nameServer"), "access-" + ++instances);
    consumer.start();
    try {
      String topic = arguments.getString("topic");
      consumer.pull(new MessageQueue(topic, arguments.getString("brokerName"), 0), "*", 0, 1);
    } finally {
      consumer.shutdown();
    }
  }

  private Message message(JSONObject arguments) {
    return new Message(arguments.getString("topic"), "tag", "key", new byte[] {1, 2, 3});
  }

  private void configure(DefaultMQProducer producer, JSONObject arguments) {
    Clients.configure(producer, arguments.getString("nameServer"), "access-" + ++instances);
    producer.setRetryTimesWhenSendFailed(0);
  }
}
