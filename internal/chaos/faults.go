package main

import "time"

// fault is one way in which a network misbehaves.
type fault struct {
	name string
	// toxics are given to the proxy before the first call.
	toxics []string
	// reuse lets connections live on, so that the fault hits them in the middle.
	reuse bool
}

// networkFaults lets a workload meet each of them.
func networkFaults(w workload) []*tally {
	faults := []fault{
		{name: "none, for comparison", reuse: true},
		{name: "latency 100 ms", toxics: []string{`"type":"latency","attributes":{"latency":100}`}},
		{name: "latency 100 ms, jitter 100 ms", toxics: []string{`"type":"latency","attributes":{"latency":100,"jitter":100}`}, reuse: true},
		{name: "latency beyond every deadline", toxics: []string{`"type":"latency","attributes":{"latency":2000}`}},
		{name: "answer at 1 KB/s", toxics: []string{`"type":"bandwidth","attributes":{"rate":1}`}},
		{name: "answer at 20 bytes a second", toxics: []string{`"type":"slicer","attributes":{"average_size":1,"delay":50000}`}},
		{name: "request at 20 bytes a second", toxics: []string{`"type":"slicer","stream":"upstream","attributes":{"average_size":1,"delay":50000}`}},
		{name: "answer in single bytes", toxics: []string{`"type":"slicer","attributes":{"average_size":1,"delay":1}`}, reuse: true},
		{name: "reset before the request", toxics: []string{`"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}`}},
		{name: "reset after the request", toxics: []string{`"type":"reset_peer","attributes":{"timeout":0}`}},
		{name: "reset, one in two", toxics: []string{`"type":"reset_peer","toxicity":0.5,"attributes":{"timeout":10}`}, reuse: true},
		{name: "silence, then closed", toxics: []string{`"type":"timeout","attributes":{"timeout":120}`}},
		{name: "request lost on the way", toxics: []string{`"type":"timeout","stream":"upstream","attributes":{"timeout":0}`}},
		{name: "slow close", toxics: []string{`"type":"slow_close","attributes":{"delay":300}`}},
		{name: "answer cut after 200 bytes", toxics: []string{`"type":"limit_data","attributes":{"bytes":200}`}},
		{name: "answer cut after 2,000 bytes", toxics: []string{`"type":"limit_data","attributes":{"bytes":2000}`}, reuse: true},
	}
	tallies := make([]*tally, len(faults))
	for i, fault := range faults {
		tallies[i] = punctual(func() *tally { return fault.run(w) })
	}
	return tallies
}

func (f fault) run(w workload) *tally {
	return experiment(f.name, setup{reuse: f.reuse}, w, func(l *lab) (func(), error) {
		for _, toxic := range f.toxics {
			if err := l.poison(toxic); err != nil {
				return nil, err
			}
		}
		return func() {}, nil
	})
}

// restarts takes the server away and brings it back while calls are made.
func restarts(w workload) *tally {
	return experiment("server restarts every 200 ms", setup{reuse: true}, w, func(l *lab) (func(), error) {
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
