package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/whatspie-go/whatspie"
)

// pairings connects phones to n devices. Each time, the server restarts after a code is shown and before the phone
// scans it.
func pairings(n int) *tally {
	s := setup{keepAlive: true, options: []whatspie.Option{whatspie.WithPollInterval(pollInterval)}}
	return inLab("server restart during a pairing", s, func(l *lab, t *tally) {
		for range n {
			t.timed(10*time.Second, func(ctx context.Context) error { return l.pairDuringRestart(ctx, t) })
		}
	})
}

func (l *lab) pairDuringRestart(ctx context.Context, t *tally) error {
	id := l.api.AddDevice(whatspie.Device{})
	var scanned atomic.Bool
	restarted := make(chan error, 1)
	restarting := false
	for event, err := range l.client.Devices.Pair(ctx, id) {
		switch {
		case err != nil:
			return err
		case event.Kind == whatspie.PairQR && !restarting:
			restarting = true
			go func() {
				err := l.restart(50 * time.Millisecond)
				scanned.Store(true)
				l.api.Scan(id)
				restarted <- err
			}()
		case event.Kind == whatspie.PairPaired:
			if !scanned.Load() || event.Device.ID != id {
				t.violationf("device %d was reported as paired: scanned %v, device %d", id, scanned.Load(), event.Device.ID)
			}
			return <-restarted
		}
	}
	return fmt.Errorf("the pairing of device %d ended without a result", id)
}
