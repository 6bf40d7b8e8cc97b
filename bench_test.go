package whatspie_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// fleetBody is a list answer with the documented device n times, under IDs and phone numbers of their own.
func fleetBody(b *testing.B, n int) []byte {
	b.Helper()
	fixture, err := os.ReadFile("testdata/get_device_200.json")
	require.NoError(b, err)
	_, device, found := bytes.Cut(fixture, []byte(`"data": `))
	require.True(b, found)
	device = bytes.TrimSuffix(bytes.TrimSpace(device), []byte("}"))
	var body bytes.Buffer
	body.WriteString(`{"status":200,"message":"OK","data":[`)
	for i := range n {
		if i > 0 {
			body.WriteByte(',')
		}
		own := bytes.Replace(device, []byte(`"id": 5`), fmt.Appendf(nil, `"id": %d`, i+1), 1)
		body.Write(bytes.Replace(own, []byte("62895383079050"), fmt.Appendf(nil, "6289%09d", i), 1))
	}
	body.WriteString("]}")
	return body.Bytes()
}

func benchClient(b *testing.B, body []byte, opts ...whatspie.Option) *whatspie.Client {
	b.Helper()
	answer := roundTripper(func(request *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: request}, nil
	})
	client, err := whatspie.NewClient("benchmark-token", append(opts, whatspie.WithHTTPClient(&http.Client{Transport: answer}))...)
	require.NoError(b, err)
	return client
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// BenchmarkWatch takes the snapshot of a fleet and tells what memory it holds afterwards, beside the size of the
// answer.
func BenchmarkWatch(b *testing.B) {
	for _, devices := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("devices=%d", devices), func(b *testing.B) {
			body := fleetBody(b, devices)
			client := benchClient(b, body)
			var held uint64
			for b.Loop() {
				before := liveHeap()
				seen := 0
				for _, err := range client.Devices.Watch(b.Context()) {
					require.NoError(b, err)
					if seen++; seen == devices {
						held = liveHeap() - before
						break
					}
				}
			}
			b.ReportMetric(float64(held)/float64(devices), "held-B/device")
			b.ReportMetric(float64(len(body))/float64(devices), "answer-B/device")
		})
	}
}

// BenchmarkAll and BenchmarkList show what streaming saves.
func BenchmarkAll(b *testing.B) {
	client := benchClient(b, fleetBody(b, 10_000))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range client.Devices.All(b.Context()) {
			require.NoError(b, err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	client := benchClient(b, fleetBody(b, 10_000))
	b.ReportAllocs()
	for b.Loop() {
		_, err := client.Devices.List(b.Context())
		require.NoError(b, err)
	}
}

// BenchmarkGet is the cost of one call without a network.
func BenchmarkGet(b *testing.B) {
	body, err := os.ReadFile("testdata/get_device_200.json")
	require.NoError(b, err)
	client := benchClient(b, body)
	b.ReportAllocs()
	for b.Loop() {
		_, err := client.Devices.Get(b.Context(), 5)
		require.NoError(b, err)
	}
}
