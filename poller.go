package whatspie

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/whatspie-go/whatspie/internal/poll"
)

const (
	defaultPollInterval = 3 * time.Second
	minPollInterval     = time.Second
	// pollPatience is how many intervals a poll may hang: then another takes its place.
	pollPatience = 3
)

// newPoller reads the devices through the service, which has the attempt timeout of a poll.
func newPoller(s *DevicesService, interval time.Duration) *poll.Poller[Device] {
	return poll.New(poll.Source[Device]{
		List:       func(ctx context.Context) iter.Seq2[*Device, error] { return s.boundedAll(ctx, WithoutRetry()) },
		Get:        func(ctx context.Context, id int64) (*Device, error) { return s.Get(ctx, id, WithoutRetry()) },
		ID:         func(device *Device) int64 { return device.ID },
		IsGone:     func(err error) bool { return errors.Is(err, ErrNotFound) && hasEnvelope(err) },
		RetryAfter: s.retryAfter,
	}, interval)
}

// retryAfter is how long the server asked to be left alone, within the client's policy.
func (s *DevicesService) retryAfter(err error) time.Duration {
	var failed *APIError
	if !errors.As(err, &failed) {
		return 0
	}
	return min(failed.RetryAfter, s.client.transport.Policy.MaxRetryAfter)
}
