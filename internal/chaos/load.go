package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"rsc.io/qr"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Goroutines of each role in the mixed load: 200 that share one client.
const (
	creators, confirmers, cancelers = 30, 10, 10 // cancelers create devices with a context that soon ends
	getters, listers, streamers     = 60, 20, 10
	codeReaders, pairers, watchers  = 20, 20, 20
	// changingDevices are scanned, disconnected and suspended all the time.
	changingDevices = 10
)

const (
	// maxPause is the longest pause between two calls of a goroutine, so that two slow cores can keep up.
	maxPause      = 2 * time.Second
	maxFaultPause = maxPause / 10
	// creationsEach is about how many devices each creating goroutine makes. The lists grow with them.
	creationsEach = 12
)

// load is the mixed load. Each goroutine knows the right result of its calls.
type load struct {
	*lab

	t    *tally
	done <-chan struct{}
	// fixed are the names of the devices that never change, by ID.
	fixed    map[int64]string
	changing []int64 // IDs
	// created numbers the creations.
	created atomic.Int64
}

// mixedLoad lets 200 goroutines share one client, while the network and the server fail at random.
func mixedLoad(d time.Duration) *tally {
	s := setup{keepAlive: true, options: []whatspie.Option{
		whatspie.WithAttemptTimeout(500 * time.Millisecond), whatspie.WithPollInterval(pollInterval),
	}}
	return inLab("mixed load, 200 goroutines", s, func(lab *lab, t *tally) {
		t.overloaded = true
		for _, toxic := range []string{
			`"type":"latency","toxicity":0.3,"attributes":{"latency":15,"jitter":15}`,
			`"type":"reset_peer","toxicity":0.1,"attributes":{"timeout":30}`,
			`"type":"limit_data","toxicity":0.1,"attributes":{"bytes":3000}`,
			`"type":"slicer","toxicity":0.1,"attributes":{"average_size":500,"size_variation":400,"delay":100}`,
		} {
			if err := lab.addToxic(toxic); err != nil {
				t.violationf("%v", err)
				return
			}
		}
		done := make(chan struct{})
		l := &load{lab: lab, t: t, done: done, fixed: map[int64]string{}}
		l.addDevices()
		l.run(d, done)
	})
}

// addDevices adds the fixed and the changing devices.
func (l *load) addDevices() {
	for i := range getters {
		name := fmt.Sprintf("fixed %d", i)
		l.fixed[l.api.AddDevice(whatspie.Device{Name: name, Phone: fmt.Sprintf("4900%07d", i)})] = name
	}
	for i := range changingDevices {
		l.changing = append(l.changing, l.api.AddDevice(whatspie.Device{Name: fmt.Sprintf("changing %d", i)}))
	}
}

// run starts all goroutines, stops the faults when the time is over, and checks that the watchers catch up.
func (l *load) run(d time.Duration, done chan struct{}) {
	var callers, faults, watches sync.WaitGroup
	start := func(n int, pause time.Duration, call func()) {
		for range n {
			callers.Go(func() { l.repeat(pause, call) })
		}
	}
	for id, name := range l.fixed {
		start(1, maxPause, func() {
			l.t.timed(time.Second, func(ctx context.Context) error { return l.get(ctx, l.t, id, name) })
		})
	}
	createPause := 2 * d / creationsEach
	start(creators, createPause, func() { l.createNext(time.Second, l.client.Devices.Create) })
	start(confirmers, createPause, func() { l.createNext(3*time.Second, l.client.Devices.CreateConfirmed) })
	start(cancelers, createPause, func() { l.createNext(random(60*time.Millisecond), l.client.Devices.Create) })
	start(listers, maxPause, func() { l.t.timed(time.Second, l.list) })
	start(streamers, maxPause, func() { l.t.timed(time.Second, l.streamAll) })
	for range codeReaders {
		id := l.api.AddDevice(whatspie.Device{})
		start(1, maxPause, func() { l.readCode(id) })
	}
	for range pairers {
		id := l.api.AddDevice(whatspie.Device{})
		start(1, maxPause, func() { l.pair(id) })
	}
	watching, stopWatching := context.WithCancel(context.Background())
	observed := make([]*watcher, watchers)
	for i := range observed {
		observed[i] = &watcher{load: l, devices: map[int64]whatspie.Device{}}
		watches.Go(func() { observed[i].watch(watching, i%2 == 0) })
	}
	faults.Go(l.injectFaults)
	faults.Go(l.changeDevices)
	time.Sleep(d)
	close(done)
	faults.Wait()
	callers.Wait()
	l.api.ClearFaults()
	l.removeToxics()
	for i, w := range observed {
		w.waitUntilCurrent(i)
	}
	stopWatching()
	watches.Wait()
}

// repeat runs a call again and again, with random pauses, until the load is done.
func (l *load) repeat(pause time.Duration, call func()) {
	for {
		select {
		case <-l.done:
			return
		case <-time.After(random(pause)):
			call()
		}
	}
}

// injectFaults makes the server fail in different ways, and restarts it.
func (l *load) injectFaults() {
	faults := []whatspietest.Fault{
		{Status: http.StatusInternalServerError, Times: 3},
		{Status: http.StatusBadGateway, Body: "<html>Bad gateway</html>", Times: 3},
		{Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {"0"}}, Times: 5},
		{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}, Times: 5},
		{Status: http.StatusOK, Body: `{"code":500,"message":"oops"}`, Times: 2},
		{Drop: true, Times: 3},
		{Truncate: 100, Times: 3},
		{Delay: 200 * time.Millisecond, Times: 3},
		{Method: http.MethodPost, Lose: true, Times: 3},
		{Method: http.MethodPost, Lose: true, Status: http.StatusGatewayTimeout, Times: 3},
		{Method: http.MethodPost, Truncate: 10, Times: 3},
	}
	l.repeat(maxFaultPause, func() {
		if random(20) == 0 {
			if err := l.restart(20 * time.Millisecond); err != nil {
				l.t.violationf("%v", err)
			}
		}
		l.api.Inject(faults[random(len(faults))])
	})
}

// changeDevices changes the status of the changing devices.
func (l *load) changeDevices() {
	changes := []func(int64) bool{l.api.Scan, l.api.Disconnect, l.api.Suspend}
	l.repeat(maxFaultPause, func() { changes[random(len(changes))](l.changing[random(len(l.changing))]) })
}

func (l *load) createNext(deadline time.Duration, create createFunc) {
	l.t.timed(deadline, func(ctx context.Context) error { return l.create(ctx, l.t, int(l.created.Add(1)), create) })
}

func (l *load) list(ctx context.Context) error {
	devices, err := l.client.Devices.List(ctx)
	if err != nil {
		return err
	}
	found := map[int64]string{}
	for _, device := range devices {
		found[device.ID] = device.Name
	}
	l.checkList("List", found, len(devices))
	return nil
}

func (l *load) streamAll(ctx context.Context) error {
	found := map[int64]string{}
	count := 0
	for device, err := range l.client.Devices.All(ctx) {
		if err != nil {
			return err
		}
		found[device.ID] = device.Name
		count++
	}
	l.checkList("All", found, count)
	return nil
}

// checkList checks that a list has no duplicates and contains the fixed devices.
func (l *load) checkList(method string, found map[int64]string, count int) {
	if len(found) != count {
		l.t.violationf("%s returned %d devices twice", method, count-len(found))
	}
	for id, name := range l.fixed {
		if found[id] != name {
			l.t.violationf("%s returned %q as %q", method, name, found[id])
		}
	}
}

// readCode requests a code, which must be the one that the server has for this device.
func (l *load) readCode(id int64) {
	l.t.timed(time.Second, func(ctx context.Context) error {
		code, err := l.client.Devices.QR(ctx, id)
		if err != nil {
			return err
		}
		payload, ok := l.api.QRPayload(id)
		drawn, drawErr := qr.Encode(payload, qr.L)
		if !ok || drawErr != nil || !bytes.Equal(drawn.PNG(), code.PNG()) {
			l.t.violationf("QR(%d) returned another code", id)
		}
		return nil
	})
}
