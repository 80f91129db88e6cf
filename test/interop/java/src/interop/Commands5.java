package interop;

/** The commands of a 5.x client: those of 4.9, and administration, pop consumption and recall. */
final class Commands5 extends Commands {
  Commands5() {
    Administration5 administration = new Administration5();
    add("mqadmin", administration::mqadmin);
    add("createTopic", administration::createTopic);
    add("createGroup", administration::createGroup);
    add("usePop", administration::usePop);
    add("resetOffset", administration::resetOffset);
    add("consumeStats", administration::consumeStats);
    add("recall", arguments ->
        producers.producer(arguments).recallMessage(
            arguments.getString("topic"), arguments.getString("recallHandle")));
  }

  @Override
  Consumers consumers() {
    return new Consumers5(producers);
  }
}
