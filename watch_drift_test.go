package whatspie_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// The list need not show the same fields as the device alone, and which of the two is asked depends on the other loops.
func TestWatchTakesNoDifferenceOfEndpointsForAChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		single := roundTripper(func(request *http.Request) (*http.Response, error) {
			body := `{"data":[{"id":1,"paired_status":"PAIRED","webhook_url":"https://hook"}]}`
			if request.URL.Path != "/devices" {
				renamed := strconv.FormatBool(time.Since(start) > 22*time.Second)
				body = `{"data":{"id":1,"paired_status":"PAIRED","name":"Shop ` + renamed + `","created_at":"2026-01-02T03:04:05Z"}}`
			}
			return scriptOf(ok(body)).RoundTrip(request)
		})
		client := newClient(t, through(single))
		for _, at := range []time.Duration{4 * time.Second, 13 * time.Second} { // two that ask for the list, for two polls
			time.AfterFunc(at, func() { assert.Len(t, watchFor(t, client, 4*time.Second), 1) })
		}
		assert.Equal(t, []string{"0 1 PAIRED", "25 1 PAIRED to PAIRED"}, watchFor(t, client, 30*time.Second, whatspie.WithDevices(1)))
	})
}

func TestWatchHearsOneOfTwoWithTheSameID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := scriptOf(ok(`{"data":[{"id":1,"name":"a"},{"id":1,"name":"b"},{"id":-5,"name":"c"}]}`)).client(t)
		assert.Equal(t, []string{"0 1 "}, watchFor(t, client, 10*time.Second))
	})
}

// A wrong base URL is not a device that is gone.
func TestWatchOfOneDeviceEndsWhereNothingIsThere(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>", ""} {
		s := scriptOf(reply{status: 404, body: body})
		for change, err := range s.client(t).Devices.Watch(t.Context(), whatspie.WithDevices(1)) {
			require.ErrorIs(t, err, whatspie.ErrNotFound)
			assert.Nil(t, change.Device)
		}
		assert.Len(t, s.requests(), 1)
	}
}

// Neither tells anything after the end of its context, however much it has in store.
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
		time.Sleep(e.every) // of virtual time
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
		"a trickle": {7 * time.Second, 5 * time.Minute, context.DeadlineExceeded},
		"a flood":   {0, 0, whatspie.ErrResponseTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				list := roundTripper(func(request *http.Request) (*http.Response, error) {
					return scriptOf(reply{status: 200, stream: &endless{every: test.every, head: strings.NewReader("[")}}).RoundTrip(request)
				})
				start := time.Now()
				_, err := newClient(t, through(list)).Devices.CreateConfirmed(t.Context(), salesDesk)
				require.ErrorIs(t, err, test.want)
				require.NotErrorIs(t, err, whatspie.ErrOutcomeUnknown, "nothing was created yet")
				assert.LessOrEqual(t, test.after, time.Since(start))
				assert.LessOrEqual(t, time.Since(start), test.after+test.every)
				if test.every == 0 {
					return // once takes long enough
				}
				for change, err := range newClient(t, through(list)).Devices.Watch(t.Context()) {
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
