// Package consumer is code as users of the SDK write it: it uses only the public surface, and defines its own interface
// for the service. It must keep compiling.
package consumer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

// Devices has the methods of whatspie.DevicesService.
type Devices interface {
	Create(ctx context.Context, request whatspie.CreateDeviceRequest, opts ...whatspie.CallOption) (*whatspie.Device, error)
	CreateConfirmed(ctx context.Context, request whatspie.CreateDeviceRequest, opts ...whatspie.CallOption) (*whatspie.Device, error)
	List(ctx context.Context, opts ...whatspie.CallOption) ([]whatspie.Device, error)
	All(ctx context.Context, opts ...whatspie.CallOption) iter.Seq2[*whatspie.Device, error]
	Get(ctx context.Context, id int64, opts ...whatspie.CallOption) (*whatspie.Device, error)
	QR(ctx context.Context, id int64, opts ...whatspie.CallOption) (*whatspie.QRCode, error)
	Pair(ctx context.Context, id int64, opts ...whatspie.PairOption) iter.Seq2[whatspie.PairEvent, error]
	Watch(ctx context.Context, opts ...whatspie.WatchOption) iter.Seq2[whatspie.WatchEvent, error]
	WaitPaired(ctx context.Context, id int64) (*whatspie.Device, error)
}

// Numbers rents out WhatsApp numbers.
type Numbers struct {
	Devices Devices
	Screen  io.Writer
}

// New returns the Numbers of an account.
func New(token string, limiter whatspie.Limiter, logger *slog.Logger) (*Numbers, error) {
	client, err := whatspie.NewClient(token,
		whatspie.WithBaseURL(whatspie.DefaultBaseURL),
		whatspie.WithHTTPClient(&http.Client{}),
		whatspie.WithLimiter(limiter),
		whatspie.WithLogger(logger),
		whatspie.WithRetry(whatspie.RetryPolicy{
			MaxAttempts: 2, MinWait: time.Second, MaxWait: time.Minute, MaxRetryAfter: time.Hour, Budget: 10,
		}),
		whatspie.WithAttemptTimeout(time.Second),
		whatspie.WithMaxResponseBytes(1<<20),
		whatspie.WithUserAgent("numbers"),
		whatspie.WithPollInterval(time.Second),
		whatspie.WithDriftHandler(func(d whatspie.Drift) { logger.Warn("drift", "at", d.Operation+d.Path, "kind", d.Kind) }),
	)
	if err != nil {
		return nil, err
	}
	return &Numbers{Devices: client.Devices}, nil
}

// ErrBusy means that no other number can be rented at the moment.
var ErrBusy = errors.New("busy")

// Rent creates a device and connects a phone to it.
func (n *Numbers) Rent(ctx context.Context, name string) (phone string, err error) {
	device, err := n.Devices.CreateConfirmed(ctx, whatspie.CreateDeviceRequest{Package: whatspie.PackageStarter, Name: name})
	var failed *whatspie.APIError
	var unconfirmed *whatspie.UnconfirmedError
	switch {
	case errors.As(err, &unconfirmed):
		return "", fmt.Errorf("one of %d devices: %w", len(unconfirmed.Candidates), err)
	case errors.Is(err, whatspie.ErrDeviceLimit), errors.As(err, &failed) && failed.Retryable():
		return "", fmt.Errorf("%w: %w", ErrBusy, err)
	case err != nil:
		return "", err
	}
	for event, err := range n.Devices.Pair(ctx, device.ID, whatspie.WithMaxQRCodes(3)) {
		if err != nil {
			return "", err
		}
		switch event.Kind {
		case whatspie.PairQR:
			err = event.QR.WriteTerminal(n.Screen)
		case whatspie.PairPaired:
			phone = event.Device.Phone
		default: // other kinds may be added
		}
		if err != nil {
			return "", err
		}
	}
	return phone, nil
}

// WatchLost calls report for each number that is disconnected or removed.
func (n *Numbers) WatchLost(ctx context.Context, report func(whatspie.Device)) error {
	for event, err := range n.Devices.Watch(ctx, whatspie.WithChangesOnly()) {
		switch {
		case err != nil:
			return err
		case event.Kind == whatspie.WatchRemoved && event.Device.Paired(),
			event.Kind == whatspie.WatchChanged && event.Previous.Paired() && !event.Device.Paired():
			report(*event.Device)
		}
	}
	return nil
}

// Page returns a pairing page for a signed-in user.
func Page(client *whatspie.Client, deviceOf func(*http.Request) (int64, error)) http.Handler {
	return pairweb.NewHandler(client, deviceOf)
}
