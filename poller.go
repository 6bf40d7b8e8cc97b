package whatspie

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/poll"
)

const (
	defaultPollInterval = 3 * time.Second
	minPollInterval     = time.Second
	// pollPatience is how many intervals a poll may hang: then another takes its place.
	pollPatience = 3
)

// newPoller reads the devices through a caller whose attempts end in time for the next poll.
func newPoller(c *caller, interval time.Duration) *poll.Poller[Device] {
	return poll.New(poll.Source[Device]{
		List: func(ctx context.Context) iter.Seq2[*Device, error] { return boundedAll(ctx, c, WithoutRetry()) },
		Get: func(ctx context.Context, id int64) (*Device, error) {
			found, err := do[deviceResult](ctx, c, http.MethodGet, deviceRoute(id, ""), nil, []CallOption{WithoutRetry()})
			return found.device(), err
		},
		ID:         func(device *Device) int64 { return device.ID },
		IsGone:     func(err error) bool { return errors.Is(err, ErrNotFound) && hasEnvelope(err) },
		RetryAfter: c.retryAfter,
	}, interval)
}

// retryAfter is how long the server asked to be left alone, within the client's policy.
func (c *caller) retryAfter(err error) time.Duration {
	var failed *APIError
	if !errors.As(err, &failed) {
		return 0
	}
	return min(failed.RetryAfter, c.transport.Policy.MaxRetryAfter)
}
