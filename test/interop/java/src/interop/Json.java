package interop;

import com.alibaba.fastjson.JSONObject;

/** Arguments with defaults, and objects made of name and value pairs. */
final class Json {
  private Json() {}

  static JSONObject of(Object... namesAndValues) {
    JSONObject object = new JSONObject(true);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return object;
  }

  static String text(JSONObject object, String name, String otherwise) {
    return object.containsKey(name) ? object.getString(name) : otherwise;
  }

  static int integer(JSONObject object, String name, int otherwise) {
    return object.containsKey(name) ? object.getIntValue(name) : otherwise;
  }

  static long whole(JSONObject object, String name, long otherwise) {
    return object.containsKey(name) ? object.getLongValue(name) : otherwise;
  }

  static boolean flag(JSONObject object, String name) {
    return object.getBooleanValue(name);
  }
}
