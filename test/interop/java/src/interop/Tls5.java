package interop;

import com.alibaba.fastjson.JSONObject;
import java.util.Map;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.RemotingClient;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.netty.TlsSystemConfig;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;

/** Tries to get in by TLS with these certificates, or without. */
final class Tls5 {
  private static final int TIMEOUT_MS = 3_000;

  private int instances;

  /** By the transport of all of Apache's clients: "answered", or the class of the exception. */
  Object ask(JSONObject arguments) {
    RemotingClient client = client(arguments);
    client.start();
    try {
      RemotingCommand request = RemotingCommand.createRequestCommand(RequestCode.GET_NAMESRV_CONFIG, null);
      client.invokeSync(arguments.getString("address"), request, TIMEOUT_MS);
      return Map.of("outcome", "answered");
    } catch (Exception e) {
      return Map.of("outcome", e.getClass().getSimpleName());
    } finally {
      client.shutdown();
    }
  }

  /** By a producer, to a name server and a broker. */
  Object send(JSONObject arguments) throws Exception {
    DefaultMQProducer producer = producer(arguments);
    try {
      producer.send(new Message("Secret", new byte[] {1, 2, 3}));
      return Map.of("outcome", "sent");
    } catch (Exception e) {
      return Map.of("outcome", e.getClass().getSimpleName());
    } finally {
      producer.shutdown();
    }
  }

  /** Apache keeps certificates in static fields, and reads them when a client is made. */
  private synchronized RemotingClient client(JSONObject arguments) {
    NettyClientConfig config = new NettyClientConfig();
    config.setUseTLS(takeCertificates(arguments));
    return new NettyRemotingClient(config);
  }

  private synchronized DefaultMQProducer producer(JSONObject arguments) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer("tls-producer");
    producer.setUseTLS(takeCertificates(arguments));
    Clients.configure(producer, arguments.getString("address"), "tls-" + ++instances);
    producer.setRetryTimesWhenSendFailed(0);
    producer.start();
    return producer;
  }

  private static boolean takeCertificates(JSONObject arguments) {
    TlsSystemConfig.tlsTestModeEnable = false;
    TlsSystemConfig.tlsClientTrustCertPath = arguments.getString("ca");
    TlsSystemConfig.tlsClientAuthServer = arguments.getString("ca") != null;
    TlsSystemConfig.tlsClientKeyPath = arguments.getString("key");
    TlsSystemConfig.tlsClientCertPath = arguments.getString("cert");
    return arguments.getBooleanValue("tls");
  }
}
