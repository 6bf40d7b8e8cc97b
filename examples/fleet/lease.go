package main

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Why a holder stops watching.
var (
	errLost  = errors.New("the lease has ended")
	errStale = errors.New("another replica has published")
)

// hold runs work whenever this replica has the lease, until the context ends.
func (r *replica) hold(ctx context.Context, lease jetstream.KeyValue, work func(context.Context) error) error {
	for {
		revision, err := lease.Create(ctx, leaseKey, []byte(r.name))
		switch {
		case err == nil:
			if err := r.workWhileHeld(ctx, lease, revision, work); err != nil {
				return err
			}
		case ctx.Err() == nil && !errors.Is(err, jetstream.ErrKeyExists):
			r.log.Warn("cannot ask for the lease", "error", err)
		}
		if !sleep(ctx, retryTime) {
			return ctx.Err()
		}
	}
}

// workWhileHeld runs work until it ends or the lease is lost. Losing the lease is no error.
func (r *replica) workWhileHeld(ctx context.Context, lease jetstream.KeyValue, revision uint64, work func(context.Context) error) error {
	r.log.Info("holds the lease")
	r.holding.Store(true)
	defer r.holding.Store(false)
	held, lose := context.WithCancelCause(ctx)
	last := make(chan uint64, 1)
	go func() { last <- r.renew(held, lose, lease, revision) }()
	err := work(held)
	lost := errors.Is(context.Cause(held), errLost) || errors.Is(err, errStale)
	lose(nil)
	// The others need not wait for the lease to end. Without effect if another has it by now.
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), retryTime)
	defer cancel()
	if failed := lease.Delete(release, leaseKey, jetstream.LastRevision(<-last)); failed != nil {
		r.log.Info("did not give the lease back", "error", failed)
	}
	if lost {
		r.log.Warn("lost the lease", "error", err)
		return nil
	}
	return err
}

// renew renews the lease until the context ends, and calls lose when it cannot: while this replica cannot reach the server,
// the lease ends for the others. It returns the last revision.
func (r *replica) renew(ctx context.Context, lose context.CancelCauseFunc, lease jetstream.KeyValue, revision uint64) uint64 {
	ends := time.Now().Add(leaseTime - renewTime)
	for sleep(ctx, renewTime/2) {
		begun := time.Now()
		attempt, cancel := context.WithDeadline(ctx, ends)
		next, err := lease.Update(attempt, leaseKey, []byte(r.name), revision)
		cancel()
		switch {
		case err == nil:
			revision, ends = next, begun.Add(leaseTime-renewTime)
		case errors.Is(err, jetstream.ErrKeyExists), !time.Now().Before(ends):
			lose(errLost)
		}
	}
	return revision
}

// sleep waits, but not past the context; it reports whether the time has passed.
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
