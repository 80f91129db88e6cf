// Apache's Go client, driven by a test as test/interop/java's Probe is: reads commands as JSON lines
// {id, command, ...}, answers each with {id, result} or {id, error}, reports messages as events.
// Ends when its input ends.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"github.com/apache/rocketmq-client-go/v2/rlog"
)

type object = map[string]any

var (
	lines = json.NewEncoder(os.Stdout)
	mutex sync.Mutex
)

func write(line object) {
	mutex.Lock()
	defer mutex.Unlock()
	if err := lines.Encode(line); err != nil {
		panic(err)
	}
}

func main() {
	rlog.SetLogLevel("fatal")
	probe := newProbe()
	write(object{"event": "ready"})
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	for input.Scan() {
		var command command
		if err := json.Unmarshal(input.Bytes(), &command); err != nil {
			panic(err)
		}
		go func() {
			result, err := probe.run(command)
			if err != nil {
				write(object{"id": command.ID, "error": err.Error()})
			} else {
				write(object{"id": command.ID, "result": result})
			}
		}()
	}
}

// What the test asks for; each command uses the fields that it needs.
type command struct {
	ID         int       `json:"id"`
	Command    string    `json:"command"`
	NameServer string    `json:"nameServer"`
	Group      string    `json:"group"`
	Mode       string    `json:"mode"`
	Messages   []message `json:"messages"`

	// Transactions: what the local one decides, and what a later check is told.
	Decide string `json:"decide"`
	Answer string `json:"answer"`

	// Consumption.
	Consumer          string   `json:"consumer"`
	Topics            []string `json:"topics"`
	Expression        string   `json:"expression"`
	Type              string   `json:"type"`
	Model             string   `json:"model"`
	FailFirst         int32    `json:"failFirst"`
	MaxReconsumeTimes *int32   `json:"maxReconsumeTimes"`
}

type probe struct {
	producers    *producers
	transactions *transactions
	consumers    *consumers
}

func newProbe() *probe {
	return &probe{newProducers(), newTransactions(), newConsumers()}
}

func (p *probe) run(c command) (any, error) {
	switch c.Command {
	case "send":
		return p.producers.send(c)
	case "transaction":
		return p.transactions.send(c)
	case "consume":
		return nil, p.consumers.start(c)
	case "stop":
		return nil, p.consumers.stop(c.Consumer)
	default:
		return nil, fmt.Errorf("no command %s", c.Command)
	}
}
