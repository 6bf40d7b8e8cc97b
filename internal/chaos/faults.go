package main

import "time"

// fault is a network fault between client and server.
type fault struct {
	name string
	// toxics are added to the proxy before the first call.
	toxics []string
	// keepAlive reuses connections, so that a fault can hit one that has served calls before.
	keepAlive bool
}

// networkFaults runs the workload under each fault.
func networkFaults(w workload) []*tally {
	faults := []fault{
		{name: "none, for comparison", keepAlive: true},
		{name: "latency 100 ms", toxics: []string{`"type":"latency","attributes":{"latency":100}`}},
		{name: "latency 100 ms, jitter 100 ms", toxics: []string{`"type":"latency","attributes":{"latency":100,"jitter":100}`}, keepAlive: true},
		{name: "latency beyond every deadline", toxics: []string{`"type":"latency","attributes":{"latency":2000}`}},
		{name: "response at 1 KB/s", toxics: []string{`"type":"bandwidth","attributes":{"rate":1}`}},
		{name: "response at 20 bytes/s", toxics: []string{`"type":"slicer","attributes":{"average_size":1,"delay":50000}`}},
		{name: "request at 20 bytes/s", toxics: []string{`"type":"slicer","stream":"upstream","attributes":{"average_size":1,"delay":50000}`}},
		{name: "response in single bytes", toxics: []string{`"type":"slicer","attributes":{"average_size":1,"delay":1}`}, keepAlive: true},
		{name: "reset before the request", toxics: []string{`"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}`}},
		{name: "reset after the request", toxics: []string{`"type":"reset_peer","attributes":{"timeout":0}`}},
		{name: "reset of half the connections", toxics: []string{`"type":"reset_peer","toxicity":0.5,"attributes":{"timeout":10}`}, keepAlive: true},
		{name: "closed without a response", toxics: []string{`"type":"timeout","attributes":{"timeout":120}`}},
		{name: "request lost", toxics: []string{`"type":"timeout","stream":"upstream","attributes":{"timeout":0}`}},
		{name: "slow close", toxics: []string{`"type":"slow_close","attributes":{"delay":300}`}},
		{name: "response cut after 200 bytes", toxics: []string{`"type":"limit_data","attributes":{"bytes":200}`}},
		{name: "response cut after 2,000 bytes", toxics: []string{`"type":"limit_data","attributes":{"bytes":2000}`}, keepAlive: true},
	}
	tallies := make([]*tally, len(faults))
	for i, fault := range faults {
		tallies[i] = retryIfLate(func() *tally { return fault.run(w) })
	}
	return tallies
}

func (f fault) run(w workload) *tally {
	return experiment(f.name, setup{keepAlive: f.keepAlive}, w, func(l *lab) (func(), error) {
		for _, toxic := range f.toxics {
			if err := l.addToxic(toxic); err != nil {
				return nil, err
			}
		}
		return func() {}, nil
	})
}

// restarts runs the workload while the server restarts repeatedly.
func restarts(w workload) *tally {
	return experiment("server restarts every 200 ms", setup{keepAlive: true}, w, func(l *lab) (func(), error) {
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(200 * time.Millisecond):
				}
				if l.restart(50*time.Millisecond) != nil {
					return
				}
			}
		}()
		return func() {
			close(stop)
			<-stopped
		}, nil
	})
}
