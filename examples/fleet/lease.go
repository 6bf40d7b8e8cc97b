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
		start := time.Now()
		revision, err := r.lease.Create(ctx, leaseKey, []byte(r.name))
		switch {
		case err == nil:
			if err := r.watchWhileHeld(ctx, revision, start.Add(heldTime)); err != nil {
				return err
			}
		case ctx.Err() == nil && !errors.Is(err, jetstream.ErrKeyExists):
			r.log.Warn("cannot acquire the lease", "error", err)
		}
		sleep(ctx, retryTime)
	}
	return nil
}

// watchWhileHeld watches until the lease is lost, the context ends or the watch fails. It then releases the lease.
func (r *replica) watchWhileHeld(ctx context.Context, revision uint64, end time.Time) error {
	r.log.Info("acquired the lease")
	held, lose := context.WithCancel(ctx)
	defer lose()
	renewed := make(chan uint64, 1)
	go func() {
		defer lose()
		renewed <- r.renew(held, revision, end)
	}()
	err := r.watch(held)
	lost := held.Err() != nil
	lose()
	// The others need not wait until the lease expires. Fails if another replica already holds it.
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), retryTime)
	defer cancel()
	releaseErr := r.lease.Delete(release, leaseKey, jetstream.LastRevision(<-renewed))
	r.log.Info("released the lease", "lost", lost, "error", releaseErr)
	if lost {
		return nil
	}
	return err
}

// renew renews the lease until the context ends or the lease may have expired. It returns the last revision.
func (r *replica) renew(ctx context.Context, revision uint64, end time.Time) uint64 {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	deadline := time.AfterFunc(time.Until(end), cancel)
	defer deadline.Stop()
	for sleep(ctx, renewTime) {
		start := time.Now()
		attempt, done := context.WithTimeout(ctx, renewTime)
		next, err := r.lease.Update(attempt, leaseKey, []byte(r.name), revision)
		done()
		if err == nil {
			revision = next
			deadline.Reset(time.Until(start.Add(heldTime)))
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
