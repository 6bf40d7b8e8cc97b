package examples_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// The test checks the file without starting containers.
func TestComposeFile(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("compose.yaml")
	require.NoError(t, err)
	var file struct {
		Services map[string]struct {
			Image       string            `yaml:"image"`
			Command     string            `yaml:"command"`
			Environment map[string]string `yaml:"environment"`
			Ports       []string          `yaml:"ports"`
			DependsOn   []string          `yaml:"depends_on"`
		} `yaml:"services"`
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(raw)))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&file))

	fake := file.Services["whatspie"]
	assert.Equal(t, "golang:1.26", fake.Image)
	assert.Contains(t, fake.Command, "go install github.com/whatspie-go/whatspie/cmd/whatspie-fake@latest && exec whatspie-fake ")
	service := file.Services["service"]
	for _, flag := range []string{
		"-addr :9090", "-control 0.0.0.0:9091", "-token " + service.Environment["WHATSPIE_API_TOKEN"] + " ",
		`-seed "Customer Service,Sales"`,
	} {
		assert.Contains(t, fake.Command, flag)
	}
	assert.Equal(t, []string{"127.0.0.1:9090:9090", "127.0.0.1:9091:9091"}, fake.Ports)

	assert.Equal(t, []string{"whatspie"}, service.DependsOn)
	assert.Equal(t, "http://whatspie:9090", service.Environment["WHATSPIE_BASE_URL"])
}
