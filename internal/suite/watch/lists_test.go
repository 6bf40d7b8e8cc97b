package watch_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// Lists are compared only with lists, because the device's own endpoint may return other fields.
func TestWatch_comparesOnlyLists(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lists, gets := 0, 0
		client := wiretest.NewScriptFunc(func(request *http.Request) wiretest.Reply {
			if request.URL.Path != "/devices" {
				gets++
				return wiretest.OK(`{"data":{"id":1,"paired_status":"UNPAIRED","name":"Shop"}}`)
			}
			if lists++; lists%2 == 0 { // Watch then requests the device itself
				return wiretest.ListOf()
			}
			return wiretest.ListOf(`{"id":1,"paired_status":"PAIRED","webhook_url":"https://hook"}`)
		}).Client(t)
		assert.Equal(t, []string{"0 1 PAIRED", "0 synced"}, wiretest.Watch(t, client, 25*time.Second))
		assert.Equal(t, 4, gets)
	})
}

func TestWatch_reportsOneOfTwoDevicesWithSameID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := wiretest.OK(`{"data":[{"id":1,"name":"a"},{"id":1,"name":"b"},{"id":-5,"name":"c"}]}`)
		client := wiretest.NewScript(list).Client(t)
		assert.Equal(t, []string{"0 1 ", "0 synced"}, wiretest.Watch(t, client, 10*time.Second))
	})
}

func TestWatch_rejectsEndlessList(t *testing.T) {
	t.Parallel()
	const pause = 7 * time.Second
	for name, reply := range map[string]func(request *http.Request) wiretest.Reply{
		"devices": func(*http.Request) wiretest.Reply {
			return wiretest.Reply{Status: 200, Stream: wiretest.EndlessList(pause)}
		},
		"empty pages": func(request *http.Request) wiretest.Reply {
			time.Sleep(pause)
			return wiretest.OK(`{"data":[],"next_page_url":"?after=` + request.URL.Query().Get("after") + `x"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				err := firstFailure(t, wiretest.NewScriptFunc(reply).Client(t))
				wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
				assert.InDelta(t, 5*time.Minute, time.Since(start), float64(2*pause))
			})
		})
	}
}

// All devices together may have 16 times as many bytes as one.
func TestWatch_limitsSizeOfList(t *testing.T) {
	t.Parallel()
	const maxBytes = 1000
	device := func(id int) string { return fmt.Sprintf(`{"id":%d,"name":"%0900d"}`, id, 0) }
	for name, reply := range map[string]func(page, count int) wiretest.Reply{
		"one page": func(_, count int) wiretest.Reply {
			devices := make([]string, count)
			for i := range devices {
				devices[i] = device(1 + i)
			}
			return wiretest.ListOf(strings.Join(devices, ","))
		},
		"a page per device": func(page, count int) wiretest.Reply {
			return wiretest.OK(fmt.Sprintf(`{"data":[%s],"current_page":%d,"last_page":%d}`, device(page), page, count))
		},
	} {
		for count, tooLarge := range map[int]bool{16: false, 18: true} {
			t.Run(fmt.Sprintf("%s, %d devices", name, count), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					client := wiretest.NewScriptFunc(func(request *http.Request) wiretest.Reply {
						page, _ := strconv.Atoi(cmp.Or(request.URL.Query().Get("page"), "1"))
						return reply(page, count)
					}).Client(t, whatspie.WithMaxResponseBytes(maxBytes))
					err := firstFailure(t, client)
					if tooLarge {
						wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
						return
					}
					require.NoError(t, err)
				})
			})
		}
	}
}

// firstFailure watches until the first poll ends, and returns its error.
func firstFailure(t *testing.T, client *whatspie.Client) error {
	t.Helper()
	for event, err := range client.Devices.Watch(t.Context()) {
		require.NoError(t, err)
		if event.Kind == whatspie.WatchRetry || event.Kind == whatspie.WatchSynced {
			return event.Err
		}
	}
	return nil
}
