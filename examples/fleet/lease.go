package main

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A lease expires leaseTime after its last renewal. The holder stops watching after heldTime, before another replica
// can acquire the lease.
const (
	leaseTime = 5 * time.Second
	heldTime  = 3 * time.Second
	renewTime = time.Second
	retryTime = time.Second
)

// hold watches while this replica holds the lease, until the context ends or the watch fails for good.
func (r *replica) hold(ctx context.Context) error {
	for ctx.Err() == nil {
		began := time.Now()
		revision, err := r.lease.Create(ctx, leaseKey, []byte(r.name))
		switch {
		case err == nil:
			if err := r.watchWhileHeld(ctx, revision, began.Add(heldTime)); err != nil {
				return err
			}
		case ctx.Err() == nil && !errors.Is(err, jetstream.ErrKeyExists):
			r.log.Warn("cannot ask for the lease", "error", err)
		}
		sleep(ctx, retryTime)
	}
	return nil
}

func (r *replica) watchWhileHeld(ctx context.Context, revision uint64, ends time.Time) error {
	r.log.Info("got the lease")
	held, lose := context.WithCancel(ctx)
	defer lose()
	renewed := make(chan uint64, 1)
	go func() {
		defer lose()
		renewed <- r.renew(held, revision, ends)
	}()
	err := r.watch(held)
	lost := held.Err() != nil
	lose()
	// Releases the lease, so that the others need not wait for it to expire. Fails if another replica already holds it.
	giveBack, cancel := context.WithTimeout(context.WithoutCancel(ctx), retryTime)
	defer cancel()
	failed := r.lease.Delete(giveBack, leaseKey, jetstream.LastRevision(<-renewed))
	r.log.Info("no longer has the lease", "lost", lost, "error", failed)
	if lost {
		return nil
	}
	return err
}

// renew renews the lease until the context ends or the lease may have expired. It returns the last revision.
func (r *replica) renew(ctx context.Context, revision uint64, ends time.Time) uint64 {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	deadline := time.AfterFunc(time.Until(ends), cancel)
	defer deadline.Stop()
	for sleep(ctx, renewTime) {
		began := time.Now()
		attempt, done := context.WithTimeout(ctx, renewTime)
		next, err := r.lease.Update(attempt, leaseKey, []byte(r.name), revision)
		done()
		if err == nil {
			revision = next
			deadline.Reset(time.Until(began.Add(heldTime)))
		}
	}
	return revision
}

// sleep waits, and reports whether the context is still active.
func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
