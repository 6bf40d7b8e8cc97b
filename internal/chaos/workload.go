package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// directTo reaches the fake past everything that misbehaves.
func directTo(api *whatspietest.Server) *http.Client { return &http.Client{Transport: api.Transport()} }

// workload is how many calls an experiment makes, how many at once, and how long each may take.
type workload struct {
	calls, workers int
	deadline       time.Duration
}

// experiment runs a workload under a fault, from a fresh lab to what is left of it. The sabotage returns what ends
// it.
func experiment(name string, s setup, w workload, sabotage func(*lab) (func(), error)) *tally {
	t := newTally(name)
	l, err := newLab(s)
	if err != nil {
		t.breakf("%v", err)
		return t
	}
	defer l.close()
	for i := range 5 {
		l.api.AddDevice(whatspie.Device{Name: fmt.Sprintf("fixed %d", i)})
	}
	end, err := sabotage(l)
	if err != nil {
		t.breakf("%v", err)
		return t
	}
	w.run(func(n int) {
		t.timed(w.deadline, func(ctx context.Context) error { return l.call(ctx, t, n) })
	})
	end()
	t.settle(l)
	return t
}

// run hands out the numbers of the calls to the workers.
func (w workload) run(call func(n int)) {
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range w.workers {
		workers.Go(func() {
			for n := range numbers {
				call(n)
			}
		})
	}
	for n := range w.calls {
		numbers <- n
	}
	close(numbers)
	workers.Wait()
}

// call makes the call with that number: they take turns at everything that the SDK does.
func (l *lab) call(ctx context.Context, t *tally, n int) error {
	const fixed = 1
	switch n % 6 {
	case 0:
		device, err := l.client.Devices.Get(ctx, fixed)
		if err == nil && (device.ID != fixed || device.Name != "fixed 0") {
			t.breakf("Get(%d) returned %d %q", fixed, device.ID, device.Name)
		}
		return err
	case 1:
		_, err := l.client.Devices.QR(ctx, fixed)
		return err
	case 2:
		devices, err := l.client.Devices.List(ctx)
		if err == nil && len(devices) < 5 {
			t.breakf("List returned %d devices", len(devices))
		}
		return err
	case 3:
		return l.stream(ctx, t)
	case 4:
		return l.create(ctx, t, n, l.client.Devices.Create)
	default:
		return l.create(ctx, t, n, l.client.Devices.CreateConfirmed)
	}
}

// stream ranges over all devices; one that breaks off must not look complete.
func (l *lab) stream(ctx context.Context, t *tally) error {
	var last int64
	count := 0
	for device, err := range l.client.Devices.All(ctx) {
		if err != nil {
			return err
		}
		if device.ID <= last {
			t.breakf("All returned %d after %d", device.ID, last)
		}
		last = device.ID
		count++
	}
	if count < 5 {
		t.breakf("All ended after %d devices", count)
	}
	return nil
}

type creator func(context.Context, whatspie.CreateDeviceRequest, ...whatspie.CallOption) (*whatspie.Device, error)

func (*lab) create(ctx context.Context, t *tally, n int, create creator) error {
	name := fmt.Sprintf("ordered %d", n)
	device, err := create(ctx, whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: name})
	t.creation(name, device, err)
	return err
}

// random picks below n.
func random[T ~int | ~int64](n T) T {
	picked, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0
	}
	return T(picked.Int64())
}
