package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/whatspie-go/whatspie/whatspietest"
)

const maxFaultBytes = 16 << 20

// newControl returns the control API, which plays the phone and the operator.
func newControl(fake *whatspietest.Server) http.Handler {
	mux := http.NewServeMux()
	for pattern, change := range map[string]func(int64) bool{
		"POST /devices/{id}/scan":       fake.Scan,
		"POST /devices/{id}/expire":     fake.ExpireQR,
		"POST /devices/{id}/suspend":    fake.Suspend,
		"POST /devices/{id}/disconnect": fake.Disconnect,
		"DELETE /devices/{id}":          fake.RemoveDevice,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
			switch {
			case err != nil:
				refuse(w, http.StatusBadRequest, fmt.Sprintf("%q is no device ID", r.PathValue("id")))
			case !change(id):
				refuse(w, http.StatusNotFound, fmt.Sprintf("there is no device %d", id))
			default:
				w.WriteHeader(http.StatusNoContent)
			}
		})
	}
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		fault, err := readFault(http.MaxBytesReader(w, r.Body, maxFaultBytes))
		if err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		fake.Inject(fault)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		fake.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		recorded := fake.Requests()
		all := make([]request, len(recorded))
		for i, r := range recorded {
			all[i] = request{r.Method, r.Path, r.Query, r.Header, string(r.Body), r.Time}
		}
		respond(w, http.StatusOK, all)
	})
	return mux
}

// request is the JSON form of a whatspietest.Request.
type request struct {
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Query  url.Values  `json:"query"`
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
	Time   time.Time   `json:"time"`
}

// readFault rejects unknown fields: a misspelled field would make the fault match every request.
func readFault(body io.Reader) (whatspietest.Fault, error) {
	var f struct {
		Method   string      `json:"method"`
		Path     string      `json:"path"`
		Times    int         `json:"times"`
		Status   int         `json:"status"`
		Header   http.Header `json:"header"`
		Body     string      `json:"body"`
		Delay    string      `json:"delay"`
		Drop     bool        `json:"drop"`
		Refuse   bool        `json:"refuse"`
		Truncate int         `json:"truncate"`
		Lose     bool        `json:"lose"`
	}
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return whatspietest.Fault{}, fmt.Errorf("a fault is a JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return whatspietest.Fault{}, errors.New("there is more than one JSON object")
	}
	fault := whatspietest.Fault{
		Method: f.Method, Path: f.Path, Times: f.Times, Status: f.Status, Header: f.Header, Body: f.Body,
		Drop: f.Drop, Refuse: f.Refuse, Truncate: f.Truncate, Lose: f.Lose,
	}
	if f.Delay != "" {
		var err error
		if fault.Delay, err = time.ParseDuration(f.Delay); err != nil {
			return fault, fmt.Errorf("delay: %w", err)
		}
	}
	return fault, fault.Validate()
}

func refuse(w http.ResponseWriter, status int, reason string) {
	respond(w, status, map[string]string{"error": reason})
}

func respond(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return // the client is gone
	}
}
