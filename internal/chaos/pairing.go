package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/whatspie-go/whatspie"
)

// pairings connects phones to devices while the server restarts in the middle of each: once a code is shown, the
// server goes away, comes back, and only then does the phone scan.
func pairings(n int) *tally {
	t := newTally("server restart in mid-pairing")
	l, err := newLab(setup{reuse: true, options: []whatspie.Option{whatspie.WithPollInterval(loopInterval)}})
	if err != nil {
		t.breakf("%v", err)
		return t
	}
	defer l.close()
	for range n {
		t.timed(10*time.Second, func(ctx context.Context) error { return l.pairThroughARestart(ctx, t) })
	}
	t.settle(l)
	return t
}

func (l *lab) pairThroughARestart(ctx context.Context, t *tally) error {
	id := l.api.AddDevice(whatspie.Device{})
	var scanned atomic.Bool
	back := make(chan error, 1)
	restarted := false
	for event, err := range l.client.Devices.Pair(ctx, id) {
		switch {
		case err != nil:
			return err
		case event.Kind == whatspie.PairQR && !restarted:
			restarted = true
			go func() {
				err := l.restart(50 * time.Millisecond)
				scanned.Store(true)
				l.api.Scan(id)
				back <- err
			}()
		case event.Kind == whatspie.PairPaired:
			if !scanned.Load() || event.Device.ID != id {
				t.breakf("device %d passes for paired: scanned %v, device %d", id, scanned.Load(), event.Device.ID)
			}
			return <-back
		}
	}
	return fmt.Errorf("the pairing of device %d ended without an end", id)
}
