# openid_connect (Ruby, as Debian packages it) as a web site uses it, unmodified: signs a person in and reads their claims.
require 'json'
require 'net/http'
require 'openid_connect'
require 'securerandom'

ISSUER = ENV.fetch('CAST_PUBLIC_URL')
CALLBACK = ENV.fetch('REDIRECT_URI')
CLIENT = ENV.fetch('CLIENT_ID')
COOKIE = ENV.fetch('COOKIE')

def call(address, method = :get, headers = {}, body = nil)
  uri = URI(address)
  request = Net::HTTP.const_get(method.capitalize).new(uri, { 'cookie' => COOKIE, 'accept' => 'text/html' }.merge(headers))
  request.body = body
  Net::HTTP.start(uri.host, uri.port) { |http| http.request(request) }
end

# What the consent page does when the person agrees.
def agree(id)
  headers = { 'origin' => ISSUER, 'content-type' => 'application/json' }
  answer = call("#{ISSUER}/v1/authorizations/#{id}:decide", :post, headers, { decision: 'CONSENT_GIVEN' }.to_json)
  raise answer.body unless answer.code == '200'

  ISSUER + JSON.parse(answer.body)['continueAt']
end

# The person's browser: it has a session here, and stops at the first address that is not of the platform.
def browse(address)
  10.times do
    return address unless address.start_with?(ISSUER)

    uri = URI(address)
    address = agree(URI.decode_www_form(uri.query).to_h['authorization']) if uri.path == '/consent'
    answer = call(address)
    raise "#{uri.path} answers #{answer.code}: #{answer.body}" unless answer['location']

    address = URI.join(address, answer['location']).to_s
  end
  raise 'the browser goes round in circles'
end

def expect(holds, words)
  raise words unless holds
end

metadata = JSON.parse(Net::HTTP.get(URI("#{ISSUER}/.well-known/openid-configuration")))
keys = JSON::JWK::Set.new(JSON.parse(Net::HTTP.get(URI(metadata['jwks_uri']))))
%i[basic body].each do |way|
  site = OpenIDConnect::Client.new(
    identifier: CLIENT,
    secret: ENV.fetch('CLIENT_SECRET'),
    redirect_uri: CALLBACK,
    authorization_endpoint: metadata['authorization_endpoint'],
    token_endpoint: metadata['token_endpoint'],
    userinfo_endpoint: metadata['userinfo_endpoint']
  )
  state, nonce, verifier = Array.new(3) { SecureRandom.urlsafe_base64(36) }
  challenge = Base64.urlsafe_encode64(Digest::SHA256.digest(verifier), padding: false)
  back = browse(
    site.authorization_uri(
      scope: %i[profile phone], state: state, nonce: nonce, code_challenge: challenge, code_challenge_method: 'S256'
    )
  )
  answer = URI.decode_www_form(URI(back).query).to_h
  expect answer['state'] == state && answer['iss'] == ISSUER, 'another answer'
  site.authorization_code = answer['code']
  token = site.access_token!(way, code_verifier: verifier)
  id_token = OpenIDConnect::ResponseObject::IdToken.decode(token.id_token, keys)
  id_token.verify!(issuer: ISSUER, client_id: CLIENT, nonce: nonce)
  person = token.userinfo!
  expect person.sub == id_token.sub && person.name, 'another person'
  expect person.phone_number.start_with?('+86'), 'another number'
end
puts 'openid_connect (Ruby): signed in twice'
