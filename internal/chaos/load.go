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

// The cast of the mixed load: 200 goroutines that share one client.
const (
	creators, confirmers, quitters = 30, 10, 10
	getters, listers, streamers    = 60, 20, 10
	showers, pairers, watchers     = 20, 20, 20
	// flickering devices are paired, dropped and suspended all the time.
	flickering = 10
)

// pause is the longest break between two calls of a role: what two slow cores can serve.
const (
	pause    = 2 * time.Second
	mischief = pause / 10
	// orders is how many creations each role makes, more or less: the lists grow with them.
	orders = 12
)

// load is the mixed load: everybody works at once, and each knows what the right answer is.
type load struct {
	*lab

	t    *tally
	over <-chan struct{}
	// names are those of the devices that never change.
	names   map[int64]string
	flicker []int64
	numbers atomic.Int64
}

// mixedLoad lets a crowd share one client while the network and the server fail at random.
func mixedLoad(d time.Duration) *tally {
	t := newTally("mixed load, 200 goroutines")
	t.crowded = true
	l, err := newLab(setup{reuse: true, options: []whatspie.Option{
		whatspie.WithAttemptTimeout(500 * time.Millisecond), whatspie.WithPollInterval(loopInterval),
	}})
	if err != nil {
		t.breakf("%v", err)
		return t
	}
	defer l.close()
	for _, toxic := range []string{
		`"type":"latency","toxicity":0.3,"attributes":{"latency":15,"jitter":15}`,
		`"type":"reset_peer","toxicity":0.1,"attributes":{"timeout":30}`,
		`"type":"limit_data","toxicity":0.1,"attributes":{"bytes":3000}`,
		`"type":"slicer","toxicity":0.1,"attributes":{"average_size":500,"size_variation":400,"delay":100}`,
	} {
		if err := l.poison(toxic); err != nil {
			t.breakf("%v", err)
			return t
		}
	}
	over := make(chan struct{})
	crowd := &load{lab: l, t: t, over: over, names: map[int64]string{}}
	crowd.furnish()
	crowd.work(d, over)
	t.settle(l)
	return t
}

// furnish puts the devices on the account that everybody looks at.
func (l *load) furnish() {
	for i := range getters {
		name := fmt.Sprintf("fixed %d", i)
		l.names[l.api.AddDevice(whatspie.Device{Name: name, Phone: fmt.Sprintf("4900%07d", i)})] = name
	}
	for i := range flickering {
		l.flicker = append(l.flicker, l.api.AddDevice(whatspie.Device{Name: fmt.Sprintf("flickering %d", i)}))
	}
}

// work begins all roles, ends the faults when the time is over, and sees whether the watchers catch up.
func (l *load) work(d time.Duration, over chan struct{}) {
	var crowd, saboteurs, eyes sync.WaitGroup
	repeat := func(n int, pause time.Duration, role func()) {
		for range n {
			crowd.Go(func() { l.repeat(pause, role) })
		}
	}
	between := 2 * d / orders
	for id, name := range l.names {
		crowd.Go(func() { l.repeat(pause, func() { l.get(id, name) }) })
	}
	repeat(creators, between, func() { l.order(time.Second, l.client.Devices.Create) })
	repeat(confirmers, between, func() { l.order(3*time.Second, l.client.Devices.CreateConfirmed) })
	repeat(quitters, between, func() { l.order(random(60*time.Millisecond), l.client.Devices.Create) })
	repeat(listers, pause, func() { l.t.timed(time.Second, l.list) })
	repeat(streamers, pause, func() { l.t.timed(time.Second, l.streamAll) })
	for range showers {
		id := l.api.AddDevice(whatspie.Device{})
		crowd.Go(func() { l.repeat(pause, func() { l.show(id) }) })
	}
	for range pairers {
		id := l.api.AddDevice(whatspie.Device{})
		crowd.Go(func() { l.repeat(pause, func() { l.pair(id) }) })
	}
	watching, stopWatching := context.WithCancel(context.Background())
	views := make([]*view, watchers)
	for i := range views {
		views[i] = &view{load: l, last: map[int64]whatspie.Device{}}
		eyes.Go(func() { views[i].watch(watching, i%2 == 0) })
	}
	saboteurs.Go(l.sabotage)
	saboteurs.Go(l.flickers)
	time.Sleep(d)
	close(over)
	saboteurs.Wait()
	crowd.Wait()
	l.api.ClearFaults()
	l.heal()
	for i, v := range views {
		v.catchUp(i)
	}
	stopWatching()
	eyes.Wait()
}

// repeat plays a role until the time is over, with breaks.
func (l *load) repeat(pause time.Duration, role func()) {
	for {
		select {
		case <-l.over:
			return
		case <-time.After(random(pause)):
			role()
		}
	}
}

// sabotage lets the server fail in all its ways, and go away.
func (l *load) sabotage() {
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
	l.repeat(mischief, func() {
		if random(20) == 0 {
			if err := l.restart(20 * time.Millisecond); err != nil {
				l.t.breakf("%v", err)
			}
		}
		l.api.Inject(faults[random(len(faults))])
	})
}

// flickers moves devices between their states.
func (l *load) flickers() {
	changes := []func(int64) bool{l.api.Scan, l.api.Disconnect, l.api.Suspend}
	l.repeat(mischief, func() { changes[random(len(changes))](l.flicker[random(len(l.flicker))]) })
}

func (l *load) get(id int64, name string) {
	l.t.timed(time.Second, func(ctx context.Context) error {
		device, err := l.client.Devices.Get(ctx, id)
		if err == nil && (device.ID != id || device.Name != name) {
			l.t.breakf("Get(%d) returned %d %q", id, device.ID, device.Name)
		}
		return err
	})
}

func (l *load) order(deadline time.Duration, create creator) {
	l.t.timed(deadline, func(ctx context.Context) error { return l.create(ctx, l.t, int(l.numbers.Add(1)), create) })
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
	l.complete("List", found, len(devices))
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
	l.complete("All", found, count)
	return nil
}

// complete holds a list against the devices that are always there.
func (l *load) complete(method string, found map[int64]string, count int) {
	if len(found) != count {
		l.t.breakf("%s returned %d devices twice", method, count-len(found))
	}
	for id, name := range l.names {
		if found[id] != name {
			l.t.breakf("%s returned %q as %q", method, name, found[id])
		}
	}
}

// show asks for a code, which has to be the one that the server shows for this device.
func (l *load) show(id int64) {
	l.t.timed(time.Second, func(ctx context.Context) error {
		code, err := l.client.Devices.QR(ctx, id)
		if err != nil {
			return err
		}
		payload, ok := l.api.QRPayload(id)
		drawn, drawErr := qr.Encode(payload, qr.L)
		if !ok || drawErr != nil || !bytes.Equal(drawn.PNG(), code.PNG()) {
			l.t.breakf("QR(%d) returned another code", id)
		}
		return nil
	})
}
