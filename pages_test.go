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

// pager maps queries to pages.
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

// listAndAll reads the list with List and with All, and checks that the results are equal.
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
	longQuery := strings.Repeat("x", 8<<10-len("/devices?"))
	for name, pages := range map[string]pager{
		"links.next": {
			"": `{"status":200,"data":[{"id":1},{"id":2}],"links":{"first":"` + list + `?page=1","prev":null,"next":"` +
				list + `?page=2&x=%20"},"meta":{"current_page":1,"last_page":2}}`,
			"page=2&x=%20": `{"status":200,"data":[{"id":3}],"links":{"next":null},
				"meta":{"current_page":2,"last_page":2}}`,
		},
		"link of 8 KiB": {
			"":        `{"data":[{"id":1},{"id":2}],"links":{"next":"` + list + "?" + longQuery + `"}}`,
			longQuery: `{"data":[{"id":3}]}`,
		},
		"links.next before the data": {
			"":       `{"links":{"next":"/v1/devices?page=2"},"data":[{"id":1},{"id":2}]}`,
			"page=2": `{"data":[{"id":3}]}`,
		},
		"next_page_url": {
			"": `{"current_page":1,"data":[{"id":1},{"id":2}],"next_page_url":"` + list +
				`?cursor=a","links":[{"url":null,"label":"1"}]}`,
			"cursor=a": `{"data":[],"next_page_url":"?cursor=b"}`,
			"cursor=b": `{"data":[{"id":3}],"next_page_url":null}`,
		},
		"host in upper case with default port": {
			"":       `{"data":[{"id":1},{"id":2}],"links":{"next":"https://API.example.com:443/v1/devices?page=2"}}`,
			"page=2": `{"data":[{"id":3}]}`,
		},
		"meta.last_page": {
			"":       `{"data":[{"id":1},{"id":2}],"meta":{"current_page":1,"last_page":2,"per_page":2,"total":3}}`,
			"page=2": `{"data":[{"id":3}],"meta":{"current_page":2,"last_page":2,"per_page":2,"total":3}}`,
		},
		"last_page without current_page": {
			"":       `{"data":[{"id":1}],"last_page":"3"}`,
			"page=2": `{"data":[{"id":2}],"last_page":"3"}`,
			"page=3": `{"data":[{"id":3}],"last_page":"3"}`,
		},
		"links.next beside an empty next_page_url": {
			"":       `{"data":[{"id":1},{"id":2}],"links":{"next":"?page=2"},"next_page_url":null}`,
			"page=2": `{"data":[{"id":3}],"links":{"next":null},"next_page_url":""}`,
		},
		"next_page_url beside an empty links.next": {
			"":       `{"data":[{"id":1},{"id":2}],"next_page_url":"?page=2","links":{"next":null}}`,
			"page=2": `{"data":[{"id":3}],"next_page_url":null,"links":{"next":false}}`,
		},
		"next_page_url beside links.next in an unknown form": {
			"":       `{"data":[{"id":1},{"id":2}],"next_page_url":"?page=2","links":{"next":{"href":"?page=2"}}}`,
			"page=2": `{"data":[{"id":3}]}`,
		},
		"meta.last_page beside an empty last_page": {
			"": `{"data":[{"id":1},{"id":2}],"meta":{"current_page":1,"last_page":2},
				"current_page":null,"last_page":null}`,
			"page=2": `{"data":[{"id":3}],"meta":{"current_page":2,"last_page":2},"current_page":"","last_page":""}`,
		},
		"one page": {
			"": `{"data":[{"id":1},{"id":2},{"id":3}],"links":{"next":null},"meta":{"current_page":1,"last_page":1},
				"next_page_url":""}`,
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
				assert.Equal(t, list, "https://"+sentURL.Host+sentURL.Path)
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

func TestList_rejectsInvalidNextPage(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]string{
		"other host":                   `"links":{"next":"https://evil.example.com/v1/devices?page=2"}`,
		"plain http":                   `"links":{"next":"http://api.example.com/v1/devices?page=2"}`,
		"user information":             `"links":{"next":"https://a@api.example.com/v1/devices?page=2"}`,
		"other path":                   `"links":{"next":"https://api.example.com/v1/devices/7?page=2"}`,
		"other port":                   `"next_page_url":"https://api.example.com:444/v1/devices?page=2"`,
		"invalid URL":                  `"next_page_url":"https://api.example.com:x"`,
		"control character":            `"links":{"next":"?page=%0A"}`,
		"longer than 8 KiB":            `"links":{"next":"?page=2` + strings.Repeat("x", 8<<10) + `"}`,
		"object":                       `"links":{"next":{"href":"/v1/devices?page=2"}}`,
		"object beside null":           `"links":{"next":{"href":"/v1/devices?page=2"}},"next_page_url":null`,
		"true":                         `"links":{"next":true}`,
		"blank":                        `"links":{"next":" "}`,
		"page 2 links to itself":       `"links":{"next":"?page=2"}`,
		"page number does not advance": `"meta":{"current_page":1,"last_page":2}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := `{"status":200,"data":[{"id":1}],` + next + `}`
			ids, requests, err := listAndAll(t, pager{"": body, "page=2": body})
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			require.ErrorContains(t, err, "the list is incomplete")
			assert.Equal(t, int64(1), ids[0], "the devices before it are yielded")
			for _, request := range requests {
				assert.True(t, strings.HasPrefix(request.URL, "https://api.example.com/v1/devices"), request.URL)
			}
		})
	}
}

func TestList_limitsSizeOfAllPages(t *testing.T) {
	t.Parallel()
	endless := wiretest.NewScriptFunc(func(request *http.Request) wiretest.Reply {
		after := request.URL.Query().Get("after")
		return wiretest.OK(fmt.Sprintf(`{"data":[{"id":1,"name":"%0500d"}],"links":{"next":"?after=%sx"}}`, 0, after))
	})
	_, err := endless.Client(t, whatspie.WithMaxResponseBytes(10_000)).Devices.List(t.Context())
	wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
}

// The size of a page must not be counted for a page after it that holds no data.
func TestList_countsEachPageOnce(t *testing.T) {
	t.Parallel()
	page := fmt.Sprintf(`{"data":[{"id":1,"name":"%0600d"}],"links":{"next":"?page=2"}}`, 0)
	for name, last := range map[string]wiretest.Reply{
		"null data": wiretest.OK(`{"data":null}`),
		"204":       {Status: 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.OK(page), last)
			devices, err := s.Client(t, whatspie.WithMaxResponseBytes(1000)).Devices.List(t.Context())
			require.NoError(t, err)
			assert.Len(t, devices, 1)
		})
	}
}

func TestList_rejectsFirstPageThatLinksToItself(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"/v1/devices", "https://api.example.com/v1/devices?", "?", "#top"} {
		ids, requests, err := listAndAll(t, pager{"": `{"data":[{"id":1}],"links":{"next":"` + next + `"}}`})
		wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
		require.ErrorContains(t, err, "the list is incomplete: its next page was already read")
		assert.Equal(t, []int64{1}, ids)
		assert.Len(t, requests, 1)
	}
}

func TestAll_limitsNumberOfPages(t *testing.T) {
	t.Parallel()
	const maxPages = 10_000
	for _, pages := range []int{maxPages, maxPages + 1} {
		calls := 0
		list := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
			calls++
			page := `{"data":[]}`
			if calls < pages {
				page = fmt.Sprintf(`{"data":[],"links":{"next":"?after=%d"}}`, calls)
			}
			return wiretest.NewScript(wiretest.OK(page)).RoundTrip(request)
		})
		_, err := wiretest.Drain(t, wiretest.NewClient(t, wiretest.WithTransport(list)).Devices.All(t.Context()))
		assert.Equal(t, maxPages, calls)
		if pages <= maxPages {
			require.NoError(t, err)
			continue
		}
		wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
		require.ErrorContains(t, err, "the list is incomplete: it has more than 10000 pages")
	}
}
