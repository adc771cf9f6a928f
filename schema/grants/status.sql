GRANT EXECUTE ON PROCEDURE status TO 'tallystick-status'@'localhost';
GRANT EXECUTE ON PROCEDURE release_registration TO 'tallystick-status'@'localhost';
