package poll_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// loopErrors run a loop and return the error that ended it.
func loopErrors(ctx context.Context, client *whatspie.Client, id int64) map[string]func() error {
	return map[string]func() error{
		"Pair": func() (end error) {
			for _, err := range client.Devices.Pair(ctx, id) {
				end = err
			}
			return end
		},
		"Watch": func() (end error) {
			for _, err := range client.Devices.Watch(ctx) {
				end = err
			}
			return end
		},
		"WaitPaired": func() error {
			_, err := client.Devices.WaitPaired(ctx, id)
			return err
		},
	}
}

func TestLoops_sendNothingInAnEndedContext(t *testing.T) {
	t.Parallel()
	for range 20 { // a request would be a data race
		synctest.Test(t, func(t *testing.T) {
			srv := whatspietest.NewServer(whatspietest.WithoutSocket())
			id := srv.AddDevice(whatspie.Device{})
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for name, run := range loopErrors(ctx, srv.Client(), id) {
				err := run()
				require.ErrorIs(t, err, context.Canceled, name)
				assert.True(t, wiretest.APIError(t, err).Retryable(), name)
			}
			time.Sleep(time.Minute)
			assert.Empty(t, srv.Requests())
		})
	}
}

// A loop by phone number ends with the device that it started with.
func TestLoops_keepTheirDeviceWhenItsNumberMoves(t *testing.T) {
	t.Parallel()
	const number = 62811
	bodies := []string{
		`{"status":200,"data":{"id":5,"phone":"62811","paired_status":"UNPAIRED"}}`,
		`{"status":200,"data":{"id":9,"phone":"62811","paired_status":"PAIRED"}}`,
		`{"status":200,"data":{"id":9,"phone":"62811","paired_status":"SUSPENDED"}}`,
		`{"status":200,"data":{"id":5,"phone":"62811","paired_status":"PAIRED"}}`,
	}
	replies := make([]wiretest.Reply, len(bodies))
	for i, body := range bodies {
		replies[i] = wiretest.OK(body)
	}
	run := func(t *testing.T, loop func(context.Context, *whatspie.Client) (*whatspie.Device, error)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			statuses := wiretest.NewScript(replies...)
			device, err := loop(t.Context(), wiretest.NewClient(t, wiretest.WithTransport(wiretest.RoundTripFunc(func(r *http.Request) (*http.Response, error) {
				if strings.HasSuffix(r.URL.Path, "/qr") {
					return wiretest.NewScript(wiretest.OK(`{"status":200,"message":"OK","data":{"qr":null}}`)).RoundTrip(r)
				}
				return statuses.RoundTrip(r)
			}))))
			require.NoError(t, err)
			assert.Equal(t, int64(5), device.ID)
			assert.Len(t, statuses.Requests(), len(bodies))
		})
	}
	t.Run("Pair", func(t *testing.T) {
		t.Parallel()
		run(t, func(ctx context.Context, client *whatspie.Client) (*whatspie.Device, error) {
			_, events, err := wiretest.Pair(ctx, client, number)
			return events[len(events)-1].Device, err
		})
	})
	t.Run("WaitPaired", func(t *testing.T) {
		t.Parallel()
		run(t, func(ctx context.Context, client *whatspie.Client) (*whatspie.Device, error) {
			return client.Devices.WaitPaired(ctx, number)
		})
	})
}
