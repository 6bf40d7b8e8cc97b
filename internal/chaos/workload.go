package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

// workload is the number of calls of an experiment, how many run at once, and how long each may take.
type workload struct {
	calls, workers int
	deadline       time.Duration
}

// experiment runs a workload in a new lab. inject starts the fault and returns a function that ends it.
func experiment(name string, s setup, w workload, inject func(*lab) (end func(), err error)) *tally {
	return inLab(name, s, func(l *lab, t *tally) {
		for i := range 5 {
			l.api.AddDevice(whatspie.Device{Name: fmt.Sprintf("fixed %d", i)})
		}
		end, err := inject(l)
		if err != nil {
			t.violationf("%v", err)
			return
		}
		w.run(func(n int) {
			t.timed(w.deadline, func(ctx context.Context) error { return l.call(ctx, t, n) })
		})
		end()
	})
}

// run makes the calls, which are numbered, in the workers.
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

// call makes the nth call. The calls cycle through the methods of the SDK.
func (l *lab) call(ctx context.Context, t *tally, n int) error {
	const fixed = 1
	switch n % 6 {
	case 0:
		return l.get(ctx, t, fixed, "fixed 0")
	case 1:
		_, err := l.client.Devices.QR(ctx, fixed)
		return err
	case 2:
		devices, err := l.client.Devices.List(ctx)
		if err == nil && len(devices) < 5 {
			t.violationf("List returned %d devices", len(devices))
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

func (l *lab) get(ctx context.Context, t *tally, id int64, name string) error {
	device, err := l.client.Devices.Get(ctx, id)
	if err == nil && (device.ID != id || device.Name != name) {
		t.violationf("Get(%d) returned %d %q", id, device.ID, device.Name)
	}
	return err
}

// stream ranges over all devices. A list that was cut must not look complete.
func (l *lab) stream(ctx context.Context, t *tally) error {
	var last int64
	count := 0
	for device, err := range l.client.Devices.All(ctx) {
		if err != nil {
			return err
		}
		if device.ID <= last {
			t.violationf("All returned %d after %d", device.ID, last)
		}
		last = device.ID
		count++
	}
	if count < 5 {
		t.violationf("All ended after %d devices", count)
	}
	return nil
}

// createFunc is Create or CreateConfirmed.
type createFunc func(context.Context, whatspie.CreateDeviceRequest, ...whatspie.CallOption) (*whatspie.Device, error)

func (*lab) create(ctx context.Context, t *tally, n int, create createFunc) error {
	name := fmt.Sprintf("created %d", n)
	device, err := create(ctx, whatspie.CreateDeviceRequest{Package: whatspie.PackageStartup, Name: name})
	t.recordCreation(name, device, err)
	return err
}

// random returns a random value from 0 to below n.
func random[T ~int | ~int64](n T) T {
	value, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0
	}
	return T(value.Int64())
}
