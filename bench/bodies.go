package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// answer is what the server says to one request.
type answer struct {
	status int
	body   []byte
}

// documented is a body of the API's documentation.
func documented(name string) []byte {
	return must(os.ReadFile(filepath.Join("..", "testdata", name)))
}

// fleet is a list answer with the documented device n times, under IDs and phone numbers of their own.
func fleet(n int) []byte { return fleetWith(n, "") }

// fleetWith has members that nobody documents in front of each device's.
func fleetWith(n int, members string) []byte {
	_, device, _ := bytes.Cut(documented("get_device_200.json"), []byte(`"data": `))
	device = bytes.TrimSuffix(bytes.TrimSpace(device), []byte("}"))
	var body bytes.Buffer
	body.WriteString(`{"status":200,"message":"OK","data":[`)
	for i := range n {
		if i > 0 {
			body.WriteByte(',')
		}
		own := bytes.Replace(device, []byte(`"id": 5`), fmt.Appendf(nil, `%s"id": %d`, members, i+1), 1)
		body.Write(bytes.Replace(own, []byte("62895383079050"), fmt.Appendf(nil, "6289%09d", i), 1))
	}
	body.WriteString("]}")
	return body.Bytes()
}

// code is a QR answer in the documented form, with a code that a phone could read.
func code() []byte {
	server := whatspietest.NewServer(whatspietest.WithoutSocket())
	defer server.Close()
	id := server.AddDevice(whatspie.Device{Name: "bench"})
	qr := must(server.Client().Devices.QR(context.Background(), id))
	_, shape, _ := bytes.Cut(documented("get_qr_200.json"), []byte("{"))
	return bytes.Replace(append([]byte("{"), shape...), []byte("data:image/png;base64,json-image"), []byte(qr.DataURI()), 1)
}

// answers are what the server has, by the first segments of the path.
func answers() map[string]answer {
	found := map[string]answer{
		"get":       {http.StatusOK, documented("get_device_200.json")},
		"qr":        {http.StatusOK, code()},
		"create":    {http.StatusCreated, documented("get_device_200.json")},
		"not-found": {http.StatusNotFound, documented("get_device_not_found_detail_404.json")},
	}
	found[unknown] = answer{http.StatusOK, fleetWith(listed, `"labels": {"team": "support", "tags": ["a", "b"]}, `)}
	for _, n := range sizes {
		found[listName(n)] = answer{http.StatusOK, fleet(n)}
	}
	for name, a := range found {
		if !json.Valid(a.body) {
			panic("no JSON: " + name)
		}
	}
	return found
}

// unknown is the list whose devices have a field that nobody documents.
const unknown = "list-unknown"

// sizes are the lengths of the lists.
var sizes = []int{1, 1_000, 10_000}

func listName(n int) string { return fmt.Sprintf("list-%d", n) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
