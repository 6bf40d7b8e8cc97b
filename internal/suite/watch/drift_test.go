package watch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// Lists are compared only with lists: the device's own endpoint may return other fields.
func TestWatchComparesListsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := wiretest.NewClient(t, wiretest.WithTransport(wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
			if request.URL.Path == "/devices" {
				return wiretest.NewScript(wiretest.OK(`{"data":[{"id":1,"paired_status":"PAIRED","webhook_url":"https://hook"}]}`)).RoundTrip(request)
			}
			return wiretest.NewScript(wiretest.OK(`{"data":{"id":1,"paired_status":"UNPAIRED","name":"Shop"}}`)).RoundTrip(request)
		})))
		for at := range 5 { // other loops, for a listed and an unlisted device
			time.AfterFunc(time.Duration(4*at)*time.Second, func() {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				_, err := client.Devices.WaitPaired(ctx, int64(1+at%2))
				assert.Equal(t, at%2 == 0, err == nil)
			})
		}
		assert.Equal(t, []string{"0 1 PAIRED", "0 synced"}, wiretest.Watch(t, client, 25*time.Second, whatspie.WithDevices(1)))
	})
}

func TestWatchHearsOneOfTwoWithTheSameID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := wiretest.NewScript(wiretest.OK(`{"data":[{"id":1,"name":"a"},{"id":1,"name":"b"},{"id":-5,"name":"c"}]}`)).Client(t)
		assert.Equal(t, []string{"0 1 ", "0 synced"}, wiretest.Watch(t, client, 10*time.Second))
	})
}

// No event follows the end of the context, even if some are queued.
func TestLoopsStopWithTheirContext(t *testing.T) {
	t.Parallel()
	srv := whatspietest.NewServer(whatspietest.WithoutSocket())
	for range 50 {
		srv.AddDevice(whatspie.Device{})
	}
	stopAfter := func(enough int) (context.Context, func(error)) {
		ctx, cancel := context.WithCancel(t.Context())
		told := 0
		return ctx, func(err error) {
			if told++; told == enough {
				cancel()
			}
			assert.Equal(t, told > enough, errors.Is(err, context.Canceled))
			assert.LessOrEqual(t, told, enough+1)
			if err != nil {
				assert.Regexp(t, `^whatspie: GET /devices: context canceled( \(1 attempt\))?$`, err.Error())
			}
		}
	}
	ctx, next := stopAfter(3)
	for _, err := range srv.Client().Devices.Watch(ctx) {
		next(err)
	}
	ctx, next = stopAfter(3)
	for _, err := range srv.Client().Devices.All(ctx) {
		next(err)
	}
}

// endless is a list without an end.
type endless struct {
	every time.Duration
	count int
	head  io.Reader
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); err == nil {
		return n, nil
	}
	batch := 1000
	if e.every > 0 {
		time.Sleep(e.every) // virtual time
		batch = 1
	}
	var devices strings.Builder
	for range batch {
		e.count++
		fmt.Fprintf(&devices, `{"id":%d},`, e.count)
	}
	e.head = strings.NewReader(devices.String())
	return e.head.Read(p)
}

func TestAListWithoutAnEndEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		every, after time.Duration
		want         error
	}{
		"a trickle": {7 * time.Second, 5 * time.Minute, whatspie.ErrResponseTooLarge},
		"a flood":   {0, 0, whatspie.ErrResponseTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				list := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
					return wiretest.NewScript(wiretest.Reply{Status: 200, Stream: &endless{every: test.every, head: strings.NewReader("[")}}).RoundTrip(request)
				})
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				start := time.Now()
				_, err := wiretest.NewClient(t, wiretest.WithTransport(list)).Devices.CreateConfirmed(ctx, wiretest.SalesDesk)
				require.ErrorIs(t, err, test.want)
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, "nothing was created yet")
				assert.LessOrEqual(t, test.after, time.Since(start))
				assert.LessOrEqual(t, time.Since(start), test.after+2*test.every)
				if test.every == 0 {
					return // one long run is enough
				}
				for change, err := range wiretest.NewClient(t, wiretest.WithTransport(list)).Devices.Watch(ctx) {
					require.NoError(t, err)
					if change.Err != nil {
						require.ErrorIs(t, change.Err, test.want)
						break
					}
				}
			})
		})
	}
}
