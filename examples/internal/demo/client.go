package demo

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Client returns a client for the token in the environment. Without a token it returns a client for a fake of the API
// with some devices, and sets flags that were not given to the defaults, such as "id=1". It exits on an error.
func Client(defaults ...string) *whatspie.Client {
	if hasToken() {
		client, err := whatspie.NewClientFromEnv()
		if err != nil {
			log.Fatal(err)
		}
		return client
	}
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, assignment := range defaults {
		name, value, _ := strings.Cut(assignment, "=")
		if given[name] {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			log.Fatal(err)
		}
	}
	_, _ = fmt.Fprint(os.Stderr, notice, "\n") // a failed write cannot be reported
	server := whatspietest.NewServer()         // runs until the process exits
	addDevices(server)
	return server.Client()
}

func hasToken() bool {
	return os.Getenv("WHATSPIE_API_TOKEN") != "" || os.Getenv("WHATSPIE_TOKEN") != ""
}
