package interop;

import java.lang.reflect.Method;
import java.util.TreeSet;

/** Prints the settings that Apache's servers find in a properties file: of each class a line, its name first. */
public final class SettingNames5 {
  private static final String[] CLASSES = {
    "org.apache.rocketmq.common.BrokerConfig",
    "org.apache.rocketmq.store.config.MessageStoreConfig",
    "org.apache.rocketmq.remoting.netty.NettyServerConfig",
    "org.apache.rocketmq.remoting.netty.NettyClientConfig",
    "org.apache.rocketmq.common.namesrv.NamesrvConfig",
    "org.apache.rocketmq.common.ControllerConfig",
    "org.apache.rocketmq.common.JraftConfig",
    "org.apache.rocketmq.auth.config.AuthConfig",
    "org.apache.rocketmq.tieredstore.MessageStoreConfig",
  };

  private SettingNames5() {}

  public static void main(String[] args) throws ClassNotFoundException {
    for (String name : CLASSES) {
      Class<?> config = Class.forName(name, false, SettingNames5.class.getClassLoader());
      System.out.println("SETTINGS " + name + " " + String.join(" ", settersOf(config)));
    }
  }

  /** A setting has the name of a setter with its first letter in lower case, as MixAll#properties2Object looks for it. */
  private static TreeSet<String> settersOf(Class<?> config) {
    TreeSet<String> names = new TreeSet<>();
    for (Method method : config.getMethods()) {
      String name = method.getName();
      if (name.startsWith("set") && name.length() > 3 && method.getParameterCount() > 0) {
        names.add(name.substring(3, 4).toLowerCase() + name.substring(4));
      }
    }
    return names;
  }
}
