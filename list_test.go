package whatspie_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestList_readsEveryListForm(t *testing.T) {
	t.Parallel()
	for name, test := range wiretest.Lists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			devices, err := wiretest.NewScript(test.Reply).Client(t).Devices.List(t.Context())
			require.NoError(t, err)
			require.NotNil(t, devices, "none is an empty slice")
			ids := make([]int64, len(devices))
			for i, device := range devices {
				ids[i] = device.ID
			}
			assert.Equal(t, test.IDs, ids)
		})
	}
}

func TestList_rejectsOtherBodies(t *testing.T) {
	t.Parallel()
	for name, body := range wiretest.NotLists() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(body))
			devices, err := s.Client(t, wiretest.NoWaits).Devices.List(t.Context())
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.Nil(t, devices)
			assert.Equal(t, body, string(wiretest.APIError(t, err).Body))
			assert.Equal(t, 200, wiretest.APIError(t, err).StatusCode)
			assert.Len(t, s.Requests(), 1, "the same answer would come again")
		})
	}
}

// Nothing in nearly no bytes would be a device of a few hundred in memory.
func TestList_rejectsTooManyTinyDevices(t *testing.T) {
	t.Parallel()
	for body, crowded := range map[string]bool{
		strings.Repeat(`{"id":1},`, 9_999) + `{"id":1}`:                                                      false,
		strings.Repeat(`{"id":1},`, 10_000) + `{"id":1}`:                                                     true,
		strings.Repeat(`{"x":1},`, 10_000) + `{"x":1}`:                                                       true,
		strings.Repeat(`{"id":1,"paired_status":"UNPAIRED","phone":"62895101544967"},`, 20_000) + `{"id":1}`: false,
	} {
		devices, err := wiretest.NewScript(wiretest.OK(`{"status":200,"message":"OK","data":[` + body + `]}`)).Client(t).Devices.List(t.Context())
		if crowded {
			wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
			continue
		}
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(devices), 10_000)
	}
}

// What confirms a creation without a body says nothing of a list, and both ways of reading one know it.
func TestList_rejectsBodyWithoutData(t *testing.T) {
	t.Parallel()
	for _, status := range []int{201, 202, 200} {
		for _, body := range []string{"", `{"code":200,"message":"OK"}`, `{"message":"OK"}`, `{"status":200,"message":"Maintenance"}`} {
			s := wiretest.NewScript(wiretest.Reply{Status: status, Body: body})
			_, err := s.Client(t, wiretest.NoWaits).Devices.List(t.Context())
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			_, err = wiretest.Drain(t, s.Client(t, wiretest.NoWaits).Devices.All(t.Context()))
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
		}
	}
}

// A null list is empty only if the envelope reports nothing else.
func TestList_rejectsNullWithMessage(t *testing.T) {
	t.Parallel()
	for message, isList := range map[string]bool{
		`"OK"`: true, `"ok."`: true, `"Success"`: true, `""`: true, `null`: true,
		`"Server is restarting"`: false, `"maintenance"`: false, `7`: false,
	} {
		for _, body := range []string{`{"status":200,"message":` + message + `,"data":null}`, `{"data":null,"message":` + message + `,"status":200}`, `{"status":true,"message":` + message + `}`} {
			ids, _, err := listAndAll(t, pager{"": body})
			if isList {
				require.NoError(t, err, body)
				assert.Empty(t, ids)
				continue
			}
			require.Error(t, err, body)
			assert.ErrorIs(t, err, whatspie.ErrUnexpectedResponse, body)
		}
	}
}

// pager returns the page that the query asks for.
type pager map[string]string

func (p pager) client(t *testing.T) (*whatspie.Client, *wiretest.Script) {
	t.Helper()
	s := wiretest.NewScriptFunc(func(request *http.Request) wiretest.Reply {
		if body, found := p[request.URL.RawQuery]; found {
			return wiretest.OK(body)
		}
		return wiretest.Reply{Status: 404}
	})
	return s.Client(t, wiretest.NoWaits, whatspie.WithBaseURL("https://api.example.com/v1")), s
}

// listAndAll returns the result of List and All, which must be equal.
func listAndAll(t *testing.T, p pager) (ids []int64, requests []wiretest.Request, err error) {
	t.Helper()
	client, s := p.client(t)
	devices, err := client.Devices.List(t.Context())
	requests = s.Requests()
	client, s = p.client(t)
	streamed, streamErr := wiretest.Drain(t, client.Devices.All(t.Context()))
	assert.Len(t, s.Requests(), len(requests))
	if err != nil {
		require.Error(t, streamErr)
		assert.Equal(t, err.Error(), streamErr.Error())
		assert.Nil(t, devices)
		return streamed, requests, err
	}
	require.NoError(t, streamErr)
	ids = []int64{}
	for _, device := range devices {
		ids = append(ids, device.ID)
	}
	assert.Equal(t, ids, streamed)
	return ids, requests, nil
}

func TestList_followsPages(t *testing.T) {
	t.Parallel()
	const list = "https://api.example.com/v1/devices"
	for name, pages := range map[string]pager{
		"links.next": {
			"":             `{"status":200,"data":[{"id":1},{"id":2}],"links":{"first":"` + list + `?page=1","prev":null,"next":"` + list + `?page=2&x=%20"},"meta":{"current_page":1,"last_page":2}}`,
			"page=2&x=%20": `{"status":200,"data":[{"id":3}],"links":{"next":null},"meta":{"current_page":2,"last_page":2}}`,
		},
		"links.next before the data": {
			"":       `{"links":{"next":"/v1/devices?page=2"},"data":[{"id":1},{"id":2}]}`,
			"page=2": `{"data":[{"id":3}]}`,
		},
		"next_page_url": {
			"":         `{"current_page":1,"data":[{"id":1},{"id":2}],"next_page_url":"` + list + `?cursor=a","links":[{"url":null,"label":"1"}]}`,
			"cursor=a": `{"data":[],"next_page_url":"?cursor=b"}`,
			"cursor=b": `{"data":[{"id":3}],"next_page_url":null}`,
		},
		"the host and port in another form": {
			"":       `{"data":[{"id":1},{"id":2}],"links":{"next":"https://API.example.com:443/v1/devices?page=2"}}`,
			"page=2": `{"data":[{"id":3}]}`,
		},
		"meta.last_page": {
			"":       `{"data":[{"id":1},{"id":2}],"meta":{"current_page":1,"last_page":2,"per_page":2,"total":3}}`,
			"page=2": `{"data":[{"id":3}],"meta":{"current_page":2,"last_page":2,"per_page":2,"total":3}}`,
		},
		"last_page alone": {
			"":       `{"data":[{"id":1}],"last_page":"3"}`,
			"page=2": `{"data":[{"id":2}],"last_page":"3"}`,
			"page=3": `{"data":[{"id":3}],"last_page":"3"}`,
		},
		"one page": {
			"": `{"data":[{"id":1},{"id":2},{"id":3}],"links":{"next":null},"meta":{"current_page":1,"last_page":1},"next_page_url":""}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids, requests, err := listAndAll(t, pages)
			require.NoError(t, err)
			assert.Equal(t, []int64{1, 2, 3}, ids)
			assert.Len(t, requests, len(pages))
			for _, request := range requests {
				sentURL, err := url.Parse(request.URL)
				require.NoError(t, err)
				assert.Equal(t, "https://api.example.com/v1/devices", "https://"+sentURL.Host+sentURL.Path)
			}
		})
	}
}

func TestList_failsWhenPageFails(t *testing.T) {
	t.Parallel()
	_, _, err := listAndAll(t, pager{"": `{"data":[{"id":1}],"links":{"next":"?page=2"}}`})
	wiretest.AssertSentinels(t, err, whatspie.ErrNotFound)
}

func TestList_withResponseStoresLastPage(t *testing.T) {
	t.Parallel()
	last := `{"data":[{"id":2}]}`
	client, _ := pager{"": `{"data":[{"id":1}],"links":{"next":"?page=2"}}`, "page=2": last}.client(t)
	var response whatspie.Response
	_, err := client.Devices.List(t.Context(), whatspie.WithResponse(&response))
	require.NoError(t, err)
	assert.Equal(t, last, string(response.Body))
}

const elsewhere = "https://evil.example.com/v1/devices?page=2"

func TestList_rejectsInvalidNextPage(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]string{
		"another host":    `"links":{"next":"` + elsewhere + `"}`,
		"plain http":      `"links":{"next":"http://api.example.com/v1/devices?page=2"}`,
		"a user":          `"links":{"next":"https://a@api.example.com/v1/devices?page=2"}`,
		"another path":    `"links":{"next":"https://api.example.com/v1/devices/7?page=2"}`,
		"another port":    `"next_page_url":"https://api.example.com:444/v1/devices?page=2"`,
		"no URL":          `"next_page_url":"https://api.example.com:x"`,
		"an object":       `"links":{"next":{"href":"/v1/devices?page=2"}}`,
		"true":            `"links":{"next":true}`,
		"blank":           `"links":{"next":" "}`,
		"the same page":   `"links":{"next":"?page=2"}`,
		"no further page": `"meta":{"current_page":1,"last_page":2}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"status":200,"data":[{"id":1}],` + next + `}`
			ids, requests, err := listAndAll(t, pager{"": body, "page=2": body})
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			require.ErrorContains(t, err, "the list is incomplete")
			assert.Equal(t, int64(1), ids[0], "what came before is handed out")
			for _, request := range requests {
				assert.Truef(t, strings.HasPrefix(request.URL, "https://api.example.com/v1/devices"), "%s", request.URL)
			}
		})
	}
}

func TestList_limitsSizeOfAllPages(t *testing.T) {
	t.Parallel()
	endless := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		body := fmt.Sprintf(`{"data":[{"id":1,"name":"%0500d"}],"links":{"next":"?after=%sx"}}`, 0, request.URL.Query().Get("after"))
		return wiretest.NewScript(wiretest.OK(body)).RoundTrip(request)
	})
	_, err := wiretest.NewClient(t, wiretest.WithTransport(endless), whatspie.WithMaxResponseBytes(10_000)).Devices.List(t.Context())
	wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
}

// The SDK's internal lists are bounded too.
func TestAll_limitsNumberOfPages(t *testing.T) {
	t.Parallel()
	calls := 0
	endless := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		calls++
		return wiretest.NewScript(wiretest.OK(fmt.Sprintf(`{"data":[],"links":{"next":"?after=%d"}}`, calls))).RoundTrip(request)
	})
	_, err := wiretest.Drain(t, wiretest.NewClient(t, wiretest.WithTransport(endless)).Devices.All(t.Context()))
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	require.ErrorContains(t, err, "the list is incomplete: it has more than 10000 pages")
}
