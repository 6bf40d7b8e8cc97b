package whatspie

import (
	"errors"
	"fmt"
	"time"
)

// PairOption changes one [DevicesService.Pair].
type PairOption interface{ applyPair(c *pairConfig) error }

type pairConfig struct {
	interval                time.Duration
	firstLifetime, lifetime time.Duration
	maxCodes                int
}

type pairOption func(*pairConfig) error

func (o pairOption) applyPair(c *pairConfig) error { return o(c) }

// WithQRLifetime says how long a code works after it was asked for, the first one included. Default 60 s for the
// first code of a session and 20 s for each next one, as WhatsApp has it; the [Client] remembers a device's session from
// one Pair to the next. A code that comes again while it lives keeps its end.
func WithQRLifetime(lifetime time.Duration) PairOption {
	return pairOption(func(c *pairConfig) error {
		if lifetime <= 0 {
			return fmt.Errorf("WithQRLifetime: %v is not positive", lifetime)
		}
		c.firstLifetime, c.lifetime = lifetime, lifetime
		return nil
	})
}

// WithMaxQRCodes bounds how many codes are asked for before [ErrQRCodesExhausted]. Default 6.
func WithMaxQRCodes(n int) PairOption {
	return pairOption(func(c *pairConfig) error {
		if n < 1 {
			return fmt.Errorf("WithMaxQRCodes: %d is below 1", n)
		}
		c.maxCodes = n
		return nil
	})
}

func newPairConfig(opts []PairOption) (pairConfig, error) {
	c := pairConfig{
		interval:      defaultPollInterval,
		firstLifetime: defaultFirstQRLifetime,
		lifetime:      defaultQRLifetime,
		maxCodes:      defaultMaxQRCodes,
	}
	for _, opt := range opts {
		if opt == nil {
			return c, errors.New("a pair option is nil")
		}
		if err := opt.applyPair(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// WatchOption changes one [DevicesService.Watch].
type WatchOption interface{ applyWatch(c *watchConfig) error }

type watchConfig struct {
	interval    time.Duration
	ids         map[int64]bool
	changesOnly bool
	usage       bool
}

type watchOption func(*watchConfig) error

func (o watchOption) applyWatch(c *watchConfig) error { return o(c) }

// WithDevices watches only these devices. Default: all of the account.
func WithDevices(ids ...int64) WatchOption {
	return watchOption(func(c *watchConfig) error {
		if len(ids) == 0 {
			return errors.New("WithDevices: no device is named")
		}
		if c.ids == nil {
			c.ids = make(map[int64]bool, len(ids))
		}
		for _, id := range ids {
			if id < 1 {
				return fmt.Errorf("WithDevices: device ID %d is below 1", id)
			}
			c.ids[id] = true
		}
		return nil
	})
}

// WithChangesOnly leaves out the snapshot at the start: only what changes after it is yielded.
func WithChangesOnly() WatchOption {
	return watchOption(func(c *watchConfig) error {
		c.changesOnly = true
		return nil
	})
}

// WithUsage counts a changed message quota, available or used, as a change too. Default: it does not, because it moves
// with every message.
func WithUsage() WatchOption {
	return watchOption(func(c *watchConfig) error {
		c.usage = true
		return nil
	})
}

func newWatchConfig(opts []WatchOption) (watchConfig, error) {
	c := watchConfig{interval: defaultPollInterval}
	for _, opt := range opts {
		if opt == nil {
			return c, errors.New("a watch option is nil")
		}
		if err := opt.applyWatch(&c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// PollOption is a [PairOption] and a [WatchOption].
type PollOption struct{ interval time.Duration }

// WithPollInterval says how often the status is asked for. Default 3 s; the API's documentation asks for 3 to 5 s.
// Loops of one [Client] share their polls: the shortest interval counts.
func WithPollInterval(interval time.Duration) PollOption { return PollOption{interval} }

func (o PollOption) applyPair(c *pairConfig) error {
	c.interval = o.interval
	return o.check()
}

func (o PollOption) applyWatch(c *watchConfig) error {
	c.interval = o.interval
	return o.check()
}

func (o PollOption) check() error {
	if o.interval <= 0 {
		return fmt.Errorf("WithPollInterval: %v is not positive", o.interval)
	}
	return nil
}
